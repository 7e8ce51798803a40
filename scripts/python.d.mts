/** The interpreter, if everything is installed. */
export function installedPython(): string | undefined;
/** Installs what is missing. @returns The interpreter. */
export function preparePython(): string;
