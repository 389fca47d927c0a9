// What needs no VS Code: run with `node --test`.
import * as assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHUNK, chunks, KEPT, tail } from '../src/chunks';
import { attended } from '../src/documents';
import { findProgram, type Places } from '../src/find';
import { fileOf, named } from '../src/frames';
import { localOf } from '../src/locals';
import { narrowed, serverSettings } from '../src/settings';
import { ago, counts, heldOf, ruleName } from '../src/words';

describe('where the program is', () => {
  const places: Places = { configured: '', path: '/usr/bin:/opt/bin', extension: '/ext', home: '/home/u', platform: 'linux' };
  const cases: [string, Partial<Places>, string[], unknown][] = [
    ['in PATH', {}, ['/opt/bin/dejafix', '/ext/bin/dejafix'], { program: '/opt/bin/dejafix', by: 'PATH' }],
    ['in the package', {}, ['/ext/bin/dejafix'], { program: '/ext/bin/dejafix', by: 'package' }],
    ['as set, before PATH', { configured: '/d/dejafix' }, ['/d/dejafix', '/opt/bin/dejafix'], { program: '/d/dejafix', by: 'setting' }],
    ['as set, below home', { configured: '~/bin/dejafix' }, ['/home/u/bin/dejafix'], { program: '/home/u/bin/dejafix', by: 'setting' }],
    ['never relative to a workspace', { path: '.:bin:/opt/bin' }, ['dejafix', 'bin/dejafix', '/opt/bin/dejafix'], { program: '/opt/bin/dejafix', by: 'PATH' }],
  ];
  for (const [name, given, there, want] of cases) {
    test(name, () => assert.deepEqual(findProgram({ ...places, ...given }, (f) => there.includes(f)), want));
  }
  const problems: [string, Partial<Places>, RegExp][] = [
    ['nowhere', {}, /not found in PATH/],
    ['what is set is not there: nothing else is run', { configured: '/d/dejafix' }, /cannot be run/],
    ['what is set is relative', { configured: 'bin/dejafix' }, /whole path/],
  ];
  for (const [name, given, want] of problems) {
    test(name, () => {
      const found = findProgram({ ...places, ...given }, (f) => given.configured !== undefined && f === '/opt/bin/dejafix');
      assert.match('problem' in found ? found.problem : '', want);
    });
  }
});

describe('a workspace only narrows', () => {
  const cases: [string, Parameters<typeof narrowed>[0], unknown][] = [
    ['nobody set it', { defaultValue: true }, undefined],
    ['the user', { defaultValue: true, globalValue: false }, false],
    ['the workspace switches off', { defaultValue: true, workspaceValue: false }, false],
    ['the workspace cannot switch on', { defaultValue: true, globalValue: false, workspaceValue: true }, false],
    ['it may raise', { defaultValue: 0, globalValue: 0.6, workspaceValue: 0.8 }, 0.8],
    ['it cannot lower', { defaultValue: 0, globalValue: 0.6, workspaceValue: 0.1 }, 0.6],
    ['it may add; the user decides last', { defaultValue: [], globalValue: ['!a'], workspaceValue: ['b'] }, ['b', '!a']],
    ['another type is not heard', { defaultValue: true, globalValue: false, workspaceValue: 'yes' }, false],
  ];
  for (const [name, levels, want] of cases) {
    test(name, () => assert.deepEqual(narrowed(levels), want));
  }
  test('the extension keeps its own settings', () => {
    assert.deepEqual(serverSettings({ 'dejafix.path': {}, 'dejafix.learn': {}, 'dejafix.trace.server': {} }), ['learn']);
  });
});

describe('which files the server hears of', () => {
  const cases: [string, string, string | undefined, boolean][] = [
    ['file', '/p/a.ts', 'typescript', true],
    ['file', '/p/a.unknown', undefined, true],
    ['file', '/p/a.md', 'markdown', false],
    ['file', '/p/.env.local', 'dotenv', false],
    ['file', '/p/server.key', undefined, false],
    ['untitled', 'Untitled-1', 'typescript', false],
    ['git', '/p/a.ts', 'typescript', false],
  ];
  for (const [scheme, path, languageId, want] of cases) {
    test(`${scheme} ${path}`, () =>
      assert.equal(attended({ uri: { scheme, path }, ...(languageId !== undefined && { languageId }) }), want));
  }
});

describe('what commands print', () => {
  test('is cut into pieces that fit, whole characters each', () => {
    const text = 'ä😀'.repeat(60_000);
    const pieces = chunks(text);
    assert.equal(pieces.join(''), text);
    for (const piece of pieces) {
      assert.ok(Buffer.byteLength(piece) <= CHUNK);
      assert.ok(!piece.startsWith('\ude00'), 'half a character');
    }
  });
  test('keeps its end', () => {
    const text = '😀'.repeat(KEPT);
    assert.ok(tail(`x${text}`).length <= KEPT);
    assert.ok(tail(`x${text}`).startsWith('😀'));
    assert.equal(tail('short'), 'short');
  });
  test('nothing is no piece', () => assert.deepEqual(chunks(''), []));
});

describe('of a variable', () => {
  const cases: [Parameters<typeof localOf>[0], unknown][] = [
    [{ name: 'a', value: "'secret'", type: 'string' }, { type: 'string', null: false }],
    [{ name: 'a', value: 'undefined', type: 'undefined' }, { type: 'undefined', null: true }],
    [{ name: 'a', value: 'None', type: 'NoneType' }, { type: 'NoneType', null: true }],
    [{ name: 'a', value: '<nil>' }, { type: '', null: true }],
    [{ name: 'a', value: '0x0', type: 'char *' }, { type: 'char *', null: true }],
    [{ name: 'a', value: '0x7f00', type: 'char *' }, { type: 'char *', null: false }],
    [{ name: 'a', value: '1', type: 'T'.repeat(300) }, { type: 'T'.repeat(100), null: false }],
  ];
  for (const [variable, want] of cases) {
    test(`${variable.type ?? 'no type'} ${variable.value}`, () => assert.deepEqual(localOf(variable), want));
  }
});

describe('an exception', () => {
  const cases: [string, Parameters<typeof named>, unknown][] = [
    ['js-debug', [{ exceptionId: 'TypeError: x is not a function', description: '' }, ''], { type: 'TypeError', message: 'x is not a function' }],
    ['debugpy', [{ exceptionId: 'ValueError', description: 'bad', details: { typeName: 'ValueError', message: 'bad' } }, ''], { type: 'ValueError', message: 'bad' }],
    ['delve', [{ exceptionId: 'panic', description: 'index out of range [5]' }, ''], { type: 'panic', message: 'index out of range [5]' }],
    ['no exceptionInfo', [undefined, 'KeyError: "a: b"'], { type: 'KeyError', message: '"a: b"' }],
    ['nothing', [undefined, ''], { type: 'exception', message: '' }],
  ];
  for (const [name, given, want] of cases) {
    test(name, () => assert.deepEqual(named(...given), want));
  }
  const files: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['/p/a.js', '/p/a.js'],
    ['vscode-remote://127.0.0.1:8080/p/a%20b.js', '/p/a b.js'],
    ['vscode-remote://wsl+ubuntu/p/a.js', '/p/a.js'],
    ['file:///p/a.js', '/p/a.js'],
    ['<node_internals>/internal/timers', '<node_internals>/internal/timers'],
  ];
  for (const [given, want] of files) {
    test(`in ${given}`, () => assert.equal(fileOf(given), want));
  }
});

describe('the view says', () => {
  test('counts', () => {
    assert.equal(counts({ times: 4, repaired: 2 }), 'came 4 times, repaired 2');
    assert.equal(counts({ times: 1, repaired: 0 }), 'came once, repaired never');
  });
  test('what held', () => {
    assert.equal(heldOf({ held: 3, of: 4, never: false }), 'held 3 of 4');
    assert.equal(heldOf({ held: 0, of: 0, never: true }), 'not applied yet; never suggested');
  });
  test('the rule', () => {
    assert.equal(ruleName({ source: 'ts', code: '2345' }), 'ts 2345');
    assert.equal(ruleName({ source: 'compiler' }), 'compiler');
  });
  test('when', () => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    assert.equal(ago('2026-11-22T01:00:00Z', now), 'today');
    assert.equal(ago('2026-11-21T23:00:00Z', now), 'yesterday');
    assert.equal(ago('2026-11-19T23:00:00Z', now), '3 days ago');
    assert.equal(ago('2026-10-01T23:00:00Z', now), 'on 2026-10-01');
    assert.equal(ago('soon', now), 'some time ago');
  });
});
