/** Folders for flows in a page: they live as long as the page, as those of a disk would. */

/** Makes the world that a flow plays in, of the modules of the package under test. */
export function memoryWorld(library, { MemoryStore, useFolders }) {
  const folders = new Map();
  let life = { isOver: false };
  let number = 0;

  const folder = (name) => {
    if (!folders.has(name)) folders.set(name, { store: new MemoryStore(), ledger: undefined, said: new Set() });
    return folders.get(name);
  };
  /** The names of all files: those of all that was ever named. */
  const names = async ({ store, said }) => {
    const looks = [...said].map(async (name) => [name, await store.look(name)]);
    return (await Promise.all(looks)).flatMap(([name, { isFile }]) => (isFile ? [name] : []));
  };
  const open = async (name) => {
    const mine = life;
    const at = folder(name);
    const alive = (work) => (mine.isOver ? Promise.reject(new Error("dead")) : work());
    const ledger = {
      open: () => alive(async () => (at.ledger ??= new Uint8Array())),
      append: (text) => alive(async () => void (at.ledger = joined(at.ledger, new TextEncoder().encode(text)))),
    };
    const own = { folder: name, ledger, lock: async () => true, unlock: async () => undefined, close: async () => undefined };
    return new Proxy(at.store, {
      get(target, key) {
        if (key in own) return own[key];
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...given) => {
          for (const name of given) if (typeof name === "string") at.said.add(name);
          return alive(() => value.apply(target, given));
        };
      },
    });
  };
  useFolders(open);
  return {
    library,
    open,
    newFolder: () => `evidence-${(number += 1)}`,
    mortal: (its) => void (life = its),
    async spoil(name) {
      const { store } = folder(name);
      for (const file of await names(folder(name))) {
        if (file.endsWith(".zip")) await store.write(file, (await store.look(file)).length, new Uint8Array([33]));
      }
    },
    hasLedger: async (name) => folder(name).ledger !== undefined,
    bytes: async (name, file) => {
      if (file.endsWith(".jsonl")) return folder(name).ledger;
      return folder(name).store.read(file, 0, Number.MAX_SAFE_INTEGER);
    },
    files: async (name) => [...(await names(folder(name))), ...(folder(name).ledger === undefined ? [] : ["mde-forensics.ledger.jsonl"])],
  };
}

function joined(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
