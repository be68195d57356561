// A box to sign in with a finger, pen or mouse: what is drawn becomes the picture of the file field below it. Without
// this script, or by keyboard, a photo of a signed sheet is chosen there.

const INK = "#111";

function pad(input) {
  const canvas = document.createElement("canvas");
  canvas.className = "signature";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "签名框");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn";
  again.textContent = "重签";
  input.before(canvas, again);
  const pen = canvas.getContext("2d");
  let drawing = false;

  const clear = () => {
    // One canvas pixel a pixel of the screen, on white: a transparent picture would print black.
    canvas.width = canvas.clientWidth;
    canvas.height = canvas.clientHeight;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { strokeStyle: INK, lineWidth: 2.5, lineCap: "round", lineJoin: "round" });
  };
  const keep = () =>
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "签名.png", { type: "image/png" }));
      input.files = files.files;
    });
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      if (drawing) keep();
      drawing = false;
    });
  again.addEventListener("click", () => {
    clear();
    input.value = "";
  });
  clear();
}

for (const input of document.querySelectorAll("input[data-signature]")) pad(input);
