"""Access: `visible`, `ensure`, `require`, `holds` and the vocabulary of rights."""
