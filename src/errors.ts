/** Exit statuses of the command line (design: the command-line contract). */
export const exitCodes = {
  done: 0,
  conditionFound: 1,
  usage: 2,
  inconclusive: 3,
  unreadable: 4,
  skipped: 5,
  bug: 70,
} as const;

type UserErrorCode = 'usage' | 'unreadable' | 'inconclusive';

/**
 * An error the user can act on. Its message is shown as it is, without a stack.
 * Anything else that reaches `main` is a bug in aidebug and is shown with one.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** `usage`: a flag, SQL or name is wrong (exit 2). `unreadable`: the input is (exit 4). */
  readonly code: UserErrorCode;
  /** What to do next, in the imperative: "Pass --label to name the window." */
  readonly hint: string | undefined;

  constructor(
    code: UserErrorCode,
    message: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** What of a `UserError` survives the way between threads. */
export interface Refusal {
  readonly code: UserError['code'];
  readonly message: string;
  readonly hint?: string;
}

export const refusalOf = ({ code, message, hint }: UserError): Refusal => ({
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});

export const errorOf = ({ code, message, hint }: Refusal): UserError =>
  new UserError(code, message, { hint });
