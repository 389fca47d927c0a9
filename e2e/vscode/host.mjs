// Runs the suite of editors/vscode/test inside VS Code's extension host, beside
// the packed extension, and prints what it says.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Code, config, Window } from './code.mjs';

const code = new Code('host', { settings: { 'debug.openDebug': 'neverOpen', 'debug.javascript.autoAttachFilter': 'disabled' } });
code.env.DEJAFIX_WIRE = code.wire;
code.install(config.vsix);
// VS Code runs a suite only beside an extension that is being developed.
const developed = path.join(code.dir, 'developed');
fs.mkdirSync(developed);
fs.writeFileSync(
  path.join(developed, 'package.json'),
  JSON.stringify({ name: 'suite', publisher: 'dejafix', version: '0.0.0', engines: { vscode: '^1.93.0' } }),
);
await code.start();

let finish;
const finished = new Promise((done) => (finish = done));
const w = await Window.open(code, config.project, [], async (page) => {
  await page.exposeFunction('codeAutomationLog', (_, args) => {
    const [text] = [args].flat();
    if (/^(ok|FAIL) /.test(text)) {
      console.log(text);
    }
  });
  await page.exposeFunction('codeAutomationExit', (status) => finish(status));
  await page.addInitScript(
    ({ extension, suite }) => {
      const original = Element.prototype.getAttribute;
      Element.prototype.getAttribute = function (name) {
        const value = original.call(this, name);
        if (this.id !== 'vscode-workbench-web-configuration' || name !== 'data-settings' || !value) {
          return value;
        }
        const configuration = JSON.parse(value);
        const on = (file) => ({ scheme: 'vscode-remote', authority: location.host, path: file });
        configuration.developmentOptions = { extensions: [on(extension)], extensionTestsPath: on(suite) };
        return JSON.stringify(configuration);
      };
    },
    { extension: developed, suite: path.join(config.suite, 'suite.js') },
  );
});
const late = setTimeout(() => finish('no end'), 8 * 60 * 1000);
const status = await finished;
clearTimeout(late);
await w.shot('host-end');
await w.close();
await code.stop();
console.log(status === 0 ? 'ok the suite ends well' : `FAIL the suite ends well: ${status}`);
