/** The learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** The same rate at every step. */
export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate;

/** Half a cosine from `rate` at step 0 to `floor` at `steps` and after. Source: https://arxiv.org/abs/1608.03983. */
export const cosineRate =
  (rate: number, { steps, floor = 0 }: { readonly steps: number; readonly floor?: number }): Schedule =>
  (step) =>
    step >= steps ? floor : floor + ((rate - floor) * (1 + Math.cos((Math.PI * step) / steps))) / 2;

/** `rate` times `factor` for each of the milestones, in steps, that is behind. */
export const steppedRate =
  (
    rate: number,
    { milestones, factor = 0.1 }: { readonly milestones: readonly number[]; readonly factor?: number },
  ): Schedule =>
  (step) =>
    rate * factor ** milestones.filter((milestone) => step >= milestone).length;

/** Grows evenly from `from` times the schedule's first rate over so many steps; then the schedule begins. */
export const warmedUp =
  (schedule: Schedule, { steps, from = 0 }: { readonly steps: number; readonly from?: number }): Schedule =>
  (step) =>
    step >= steps ? schedule(step - steps) : schedule(0) * (from + ((1 - from) * step) / steps);
