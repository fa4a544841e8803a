#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { systemClock } from './base/clock.js';
import { runCli } from './technician/cli.js';
import { generateSigningPair, publicKeyBase64, signsAndVerifies } from './upstream/signature.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const code = await runCli(process.argv.slice(2), {
  version,
  env: process.env,
  output: { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) },
  clock: systemClock,
  keyTools: { generateSigningPair, publicKeyBase64, signsAndVerifies },
  // Loaded only when asked for: a technician's small command should not wait for the whole bridge.
  serve: async (config) => (await import('./serve.js')).serve(config, process.env, version),
  demo: async (options) => (await import('./demo/demo.js')).runDemo({ ...options, version }),
  simulator: async (options) => (await import('./simulator/simulator-command.js')).runSimulator(options),
  glass: async (rehearsal) => {
    const { runGlass } = await import('./rehearsal/run-glass.js');
    const { processParts } = await import('./rehearsal/process-parts.js');
    return runGlass(rehearsal, processParts());
  },
  answerOffline: async (config, request) => (await import('./offline-books.js')).answerOffline(config, request),
  offlineDisplays: async (config) => (await import('./offline-displays.js')).openOfflineDisplays(config),
  offlineRecon: async (config) => (await import('./offline-recon.js')).openOfflineRecon(config),
  isTerminal: process.stderr.isTTY === true,
  doctor: {
    upstream: async (settings, instanceId) => (await import('./doctor-upstream.js')).examineUpstream(settings, instanceId),
    reports: async (config) => (await import('./doctor-reports.js')).examineReports(config, systemClock),
    books: async (config) => (await import('./doctor-books.js')).examineBooks(config),
  },
  askPerson: async (question) => (await import('./technician/ask-person.js')).askPerson(question, process.stdin, process.stderr),
  askSecret: async (question) => (await import('./technician/ask-person.js')).askSecret(question, process.stdin, process.stderr),
  isTyped: () => process.stdin.isTTY === true,
  listPorts: async () => (await import('./display/serial-line.js')).systemSerial.list(),
});
process.exitCode = code;
// A line that is still drawing or an idle connection must not keep a finished command alive.
process.stdout.write('', () => process.exit(code));
