import type * as z from 'zod';
import { nearest } from './nearest.js';
import { isBuilt } from './not-built-yet.js';
import type { ConfigPath, Finding } from './problem.js';

/** One mistake as the schema tells it. */
export type Issue = z.core.$ZodIssue;
type Place = Readonly<Record<string, unknown>>;

/**
 * What the schema found wrong, in words for a technician. `value` is the whole file; values are looked at, never quoted. `root` is the JSON
 * Schema of that kind of file.
 */
export function issueFindings(issues: readonly Issue[], value: unknown, root: Place): Finding[] {
  return issues.flatMap((issue) => explain(issue, toPath(issue.path), value, root));
}

function toPath(path: readonly PropertyKey[]): ConfigPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

function explain(issue: Issue, path: ConfigPath, value: unknown, root: Place): Finding[] {
  const repair = repairOf(path, value, root);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], knownKeys(path, value, root)));
    case 'invalid_type':
      return [{ path, message: wrongType(issue.expected, valueAt(value, path)), repair }];
    case 'invalid_value':
      return [wrongWord(issue.values.map(String), path, value, root)];
    case 'invalid_union':
      return explainUnion(issue, path, value, root);
    case 'invalid_key':
      return [{ path, message: `its name is wrong: it ${issue.issues[0]?.message ?? 'is not allowed'}`, repair }];
    case 'too_small':
      return [
        {
          path,
          message: `must ${issue.origin === 'array' ? `have at least ${issue.minimum} entries` : `be at least ${issue.minimum}`}`,
          repair,
        },
      ];
    case 'too_big':
      return [
        {
          path,
          message: `must ${issue.origin === 'array' ? `have at most ${issue.maximum} entries` : `be at most ${issue.maximum}`}`,
          repair,
        },
      ];
    default:
      return [{ path, message: issue.message, repair }];
  }
}

/** Of a union only the branch that was meant is explained: the one whose outer type fits what stands there. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: ConfigPath,
  value: unknown,
  root: Place,
): Finding[] {
  const found = valueAt(value, path);
  const words = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
  if (words !== undefined) return [wrongWord(words, path, value, root)];
  const meant = issue.errors.find((branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0));
  if (found === undefined || meant === undefined) {
    return [{ path, message: found === undefined ? 'is missing' : issue.message, repair: repairOf(path, value, root) }];
  }
  return meant.flatMap((inner) => explain(inner, [...path, ...toPath(inner.path)], value, root));
}

function unknownKey(path: ConfigPath, known: readonly string[]): Finding {
  const close = nearest(String(path.at(-1)), known);
  const repair = close === undefined ? `Remove it; known here: ${known.join(', ')}.` : `Did you mean "${close}"? Else remove it.`;
  return { path, message: 'is an unknown key', repair };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  tuple: 'must be a list',
  object: 'must be a group of keys',
  record: 'must be a group of keys',
};

/** What is wrong with a value that should be of another type; completes the sentence "the key …". */
export function wrongType(expected: string, found: unknown): string {
  if (found === undefined) return 'is missing';
  if (found === null) return 'has no value';
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) return 'must be text; put it in quotes';
  return TYPE_WORDS[expected] ?? `must be ${expected}`;
}

/** Words that this version refuses are not offered. */
function wrongWord(words: readonly string[], path: ConfigPath, value: unknown, root: Place): Finding {
  const found = valueAt(value, path);
  if (found === undefined) return { path, message: 'is missing', repair: repairOf(path, value, root) };
  const offered = words.filter((word) => isBuilt(path, word));
  const close = typeof found === 'string' ? nearest(found, offered) : undefined;
  const meant = close === undefined ? '' : `; perhaps "${close}" is meant`;
  return { path, message: `must be one of ${offered.join(', ')}${meant}`, repair: repairOf(path, value, root, close) };
}

/** The value at a path of the file, `undefined` where nothing stands. */
export function valueAt(value: unknown, path: ConfigPath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** All schemas that can apply at a path: unions open into the branches that fit what stands there. */
function placesAt(path: ConfigPath, value: unknown, root: Place): readonly Place[] {
  let places = branches(root, value);
  path.forEach((part, depth) => {
    const found = valueAt(value, path.slice(0, depth + 1));
    places = places.flatMap((place) => {
      const inner = typeof part === 'number' ? itemAt(place, part) : propertyAt(place, part);
      return inner === undefined ? [] : branches(inner, found);
    });
  });
  return places;
}

function branches(place: Place, value: unknown): readonly Place[] {
  const options = (place['oneOf'] ?? place['anyOf']) as Place[] | undefined;
  if (!Array.isArray(options)) return [place];
  const meant = options.filter((option) => isMeant(option, value));
  return [place, ...(meant.length > 0 ? meant : options).flatMap((option) => branches(option, value))];
}

/** A branch that is told apart by a fixed word (`driver`, `client`) is meant when that word stands there. */
function isMeant(option: Place, value: unknown): boolean {
  const properties = Object.entries((option['properties'] ?? {}) as Record<string, Place>);
  return properties.some(([key, { const: word }]) => word !== undefined && word === valueAt(value, [key]));
}

function propertyAt(place: Place, key: string): Place | undefined {
  const properties = place['properties'] as Record<string, Place> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  const others = place['additionalProperties'];
  return typeof others === 'object' && others !== null ? (others as Place) : undefined;
}

function itemAt(place: Place, index: number): Place | undefined {
  const first = place['prefixItems'];
  if (Array.isArray(first)) return first[index] as Place | undefined;
  return place['items'] as Place | undefined;
}

function knownKeys(path: ConfigPath, value: unknown, root: Place): readonly string[] {
  return [
    ...new Set(placesAt(path, value, root).flatMap((place) => Object.keys((place['properties'] as object | undefined) ?? {}))),
  ];
}

/** The repair of a wrong value: what the field is for, and how it may look; `meant` is the value that was probably meant. */
function repairOf(path: ConfigPath, value: unknown, root: Place, meant?: string): string {
  const places = placesAt(path, value, root);
  const key = path.findLast((part) => typeof part === 'string') ?? '';
  const description = places.map((place) => place['description']).find((text) => typeof text === 'string');
  const examples = places.map((place) => place['examples']).find((list) => Array.isArray(list)) as unknown[] | undefined;
  const example = meant ?? examples?.[0] ?? places.map((place) => place['default']).find((usual) => usual !== undefined);
  const about = description === undefined ? 'Write what belongs here' : `Write ${key}: ${description}`;
  if (example === undefined || isEmpty(example)) return `${about}.`;
  return `${about}. For example ${key}: ${JSON.stringify(example)}.`;
}

function isEmpty(example: unknown): boolean {
  return typeof example === 'object' && example !== null && Object.keys(example).length === 0;
}
