// What rooms need of a logger. pino satisfies it; tests use `silent` or collect the lines.

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
