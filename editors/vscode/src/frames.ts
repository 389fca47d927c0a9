// What debuggers say of an exception, as the server takes it.

/** What a debugger answers to exceptionInfo; adapters fill in what they like. */
export interface ExceptionInfo {
  exceptionId?: string;
  description?: string;
  details?: { typeName?: string; fullTypeName?: string; message?: string };
}

/** The type and the message, of which js-debug makes one: "TypeError: x is not a function". */
export function named(info: ExceptionInfo | undefined, text: string): { type: string; message: string } {
  const { details } = info ?? {};
  const type = details?.fullTypeName ?? details?.typeName ?? info?.exceptionId ?? '';
  const message = details?.message ?? info?.description ?? text;
  const both = /^([\w.$]+): ([^]*)$/.exec(type !== '' && message === '' ? type : type === '' ? message : '');
  return { type: both?.[1] ?? (type || 'exception'), message: both?.[2] ?? message };
}

/** The path of a frame's file: in remote windows js-debug gives an address. */
export function fileOf(path: string | undefined): string | undefined {
  const address = path === undefined ? null : /^(?:vscode-remote:\/\/[^/]*|file:\/\/)(\/.*)$/.exec(path);
  return address?.[1] === undefined ? path : decodeURIComponent(address[1]);
}
