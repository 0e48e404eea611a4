/** Questions that are asked while somebody types: only the last one is meant, once nothing follows it. */
export function afterPause<Question>(
  ask: (question: Question) => Promise<unknown>,
  ms: number,
  refusal: () => Error,
) {
  let waiting: { readonly timer: NodeJS.Timeout; refuse(): void } | null = null;
  /** Refuses the one that waits. */
  const forget = (): void => {
    if (waiting === null) return;
    clearTimeout(waiting.timer);
    waiting.refuse();
    waiting = null;
  };
  return {
    forget,
    ask(question: Question): Promise<unknown> {
      forget();
      return new Promise((resolve, reject) => {
        const go = (): void => {
          waiting = null;
          ask(question).then(resolve, reject);
        };
        waiting = { timer: setTimeout(go, ms), refuse: () => reject(refusal()) };
      });
    },
  };
}
