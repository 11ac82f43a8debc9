/** A change of one field: of a copy, the object given stays as it is. */
export type Edit = <T>(object: T) => T;

type Container = Record<string | number, unknown>;

/**
 * Sets the field at a path such as `spec.waves[0].name`.
 *
 * @throws Error if the path leads through something that is not there, so that a typing error is not a test that passes.
 */
export function set(path: string, value: unknown): Edit {
  return editing(path, (parent, key) => {
    parent[key] = structuredClone(value);
  });
}

/** Removes the field or the item at a path. @throws Error if there is none. */
export function remove(path: string): Edit {
  return editing(path, (parent, key) => {
    if (!(key in parent)) throw new Error(`there is no ${path} to remove`);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  });
}

function editing(path: string, change: (parent: Container, key: string | number) => void): Edit {
  const keys = [...path.matchAll(/[^.[\]]+/g)].map(([key]) => key);
  const last = keys.pop();
  if (last === undefined) throw new Error("an edit needs a path");
  return (object) => {
    const copy = structuredClone(object);
    change(keys.reduce(childOf(path), copy as Container), last);
    return copy;
  };
}

function childOf(path: string) {
  return (parent: Container, key: string): Container => {
    const child = parent[key];
    if (typeof child !== "object" || child === null)
      throw new Error(`${path} leads through ${key}, which is not there`);
    return child as Container;
  };
}
