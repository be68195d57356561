// A store of this browser (IndexedDB). What a write resolves for is on the disk.

const STORE = "waiting";

export class BrowserStore {
  /** Every entry has a `key`, and an `owner` that names visit and person. */
  constructor(name) {
    this.name = name;
  }

  open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async run(mode, action) {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    }).finally(() => database.close());
  }

  put(entry) {
    return this.run("readwrite", (store) => store.put(entry));
  }

  delete(key) {
    return this.run("readwrite", (store) => store.delete(key));
  }

  /** What belongs to an owner; nothing where the browser refuses storage (private windows). */
  async of(owner) {
    const entries = await this.run("readonly", (store) => store.getAll()).catch(() => []);
    return entries.filter((entry) => entry.owner === owner);
  }
}

/** A key nothing else has; randomUUID is there over HTTPS only. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A value of localStorage; null where there is none or the browser refuses storage. */
export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Whether the value is stored now. */
export function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // What could not be stored is not there.
  }
}
