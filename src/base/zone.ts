import { type Instant, parseIsoTime } from './clock.js';

/** The IANA name of the zone of the machine this runs on. */
export function machineZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether it is the IANA name of a zone that this machine knows the hours of; an offset like `+09:00` is none, for it knows no summer time. */
export function isZoneName(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The names people are offered instead of a wrong one. */
export function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** The time on a clock in a zone, in whole seconds: `2026-03-05 11:15:30`. */
export function zonedText(at: Instant, zone: string): string {
  // The Swedish way of writing a time is that of ISO 8601.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
}

/** The same with the offset of that zone at that instant, as ISO 8601 writes it: `2026-03-05 11:15:30+09:00`. */
export function zonedTextWithOffset(at: Instant, zone: string): string {
  const text = zonedText(at, zone);
  const minutes = Math.round(((parseIsoTime(`${text.replace(' ', 'T')}Z`) ?? at) - at) / 60_000);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${text}${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
