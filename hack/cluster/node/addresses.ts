import { podAddresses } from "../network.ts";

/** The addresses that a node gives to its pods; one that was given back comes last. */
export class AddressPool {
  readonly #free: string[];

  constructor(node: string) {
    this.#free = podAddresses(node);
  }

  take(): string {
    const address = this.#free.shift();
    if (address === undefined) throw new Error("this node has no pod address left");
    return address;
  }

  giveBack(address: string): void {
    this.#free.push(address);
  }
}
