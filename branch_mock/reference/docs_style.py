"""The frame of `/_mock/docs`: its style, its script, its head."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1d22; --soft: #f3f4f6; --line: #d5d8df;
  --link: #0b57d0; --bad: #b3261e; --good: #146c2e }
@media (prefers-color-scheme: dark) { :root { --back: #17181c; --text: #e6e6ea; --soft: #24262c;
  --line: #3d4049; --link: #9bc1ff; --bad: #ffb4ab; --good: #7ddb93 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 64rem;
  background: var(--back); color: var(--text) }
a { color: var(--link) } nav a { margin-right: 1rem }
code, pre, input, textarea { font: 14px/1.45 ui-monospace, monospace }
.operation { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: 0 1rem }
.operation[open] { padding-bottom: 1rem }
summary { cursor: pointer; padding: .6rem 0 } summary code { margin-right: .75rem }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700 }
.what, .contract, small, .note { opacity: .8 }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: 14px }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line) }
label { display: block } form p { margin: .5rem 0 }
input, textarea { width: 100%; padding: .4rem; color: inherit; background: var(--soft);
  border: 1px solid var(--line); border-radius: 4px }
button { font: inherit; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: 4px;
  background: var(--soft); color: inherit; cursor: pointer; margin: 0 .25rem .25rem 0 }
button[type=submit] { font-weight: 700 }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
output { display: block; margin-top: .75rem }
output pre { background: var(--soft); padding: .75rem; border-radius: 6px; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 0 }
.good { color: var(--good) } .bad { color: var(--bad) }
"""

_SCRIPT = """
'use strict';
const fields = form => [...form.querySelectorAll('[data-place]')];
const keys = document.getElementById('credentials');
for (const box of keys.querySelectorAll('input')) {
  let before = box.value;
  box.addEventListener('change', () => {
    if (box.value === '') return;
    for (const field of document.querySelectorAll('.try [data-place]'))
      field.value = field.value.split(before).join(box.value);
    before = box.value;
  });
}
const address = form => {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of fields(form)) {
    const { place } = field.dataset;
    if (place === 'path') {
      const value = field.value.split('/').map(encodeURIComponent).join('/');
      path = path.replace('{' + field.name + '}', value);
    } else if (place === 'query' && field.value !== '') query.append(field.name, field.value);
  }
  return path + (query.size ? '?' + query : '');
};
const pretty = text => {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
};
const show = (form, good, title, text) => {
  const output = form.querySelector('output');
  const head = document.createElement('strong');
  head.className = good ? 'good' : 'bad';
  head.textContent = title;
  const body = document.createElement('pre');
  body.textContent = text;
  output.replaceChildren(head, body);
};
const follow = async (form, answer, begin) => {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const title = `${answer.status} ${answer.statusText}, as it comes`;
  for (let text = '', part = {}; !part.done; part = await reader.read())
    show(form, true, title, begin + (text = (text + (part.value || '')).slice(-20000)));
};
const send = async form => {
  const { method } = form.dataset, url = address(form);
  const body = form.querySelector('textarea');
  const options = { method, redirect: 'manual', cache: 'no-store', credentials: 'same-origin' };
  if (body && body.value.trim() !== '') {
    options.body = body.value;
    options.headers = { 'Content-Type': 'application/json' };
  }
  const begun = performance.now();
  try {
    const answer = await fetch(url, options);
    const ms = Math.round(performance.now() - begun);
    if (answer.type === 'opaqueredirect')
      return show(form, true, `a redirect, ${ms} ms`, `${method} ${url}`);
    if ((answer.headers.get('Content-Type') || '').startsWith('text/event-stream'))
      return await follow(form, answer, `${method} ${url}\\n\\n`);
    const hint = answer.headers.get('X-Branch-Mock-Hint');
    const text = pretty(await answer.text());
    show(form, answer.ok, `${answer.status} ${answer.statusText}, ${ms} ms`,
      `${method} ${url}\\n\\n${hint ? 'Hint: ' + hint + '\\n\\n' : ''}${text}`);
  } catch (error) {
    show(form, false, 'no answer', String(error));
  }
};
for (const form of document.querySelectorAll('.try')) {
  form.addEventListener('submit', event => { event.preventDefault(); send(form); });
  for (const button of form.querySelectorAll('.example'))
    button.addEventListener('click', () => {
      const values = JSON.parse(button.dataset.values);
      for (const field of fields(form)) {
        const { place } = field.dataset;
        if (place === 'body') { if (values.body) field.value = values.body; }
        else field.value = values[place][field.name] ?? '';
      }
    });
}
const open = () => {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (found && found.tagName === 'DETAILS') { found.open = true; found.scrollIntoView(); }
};
addEventListener('hashchange', open);
open();
"""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>branch_mock: the API</title>
<link rel="icon" href="data:,">
<style>@STYLE@</style>
</head>
<body>
<header>
<h1>branch_mock {version}</h1>
<p>The API that this server emulates. Every form really calls it. As a document:
<a href="/_mock/openapi.json">OpenAPI 3.1</a>; what is proved by which test:
<a href="/_mock/parity">parity</a>; fixtures and classes:
<a href="/_mock/docs/python">Python</a>.</p>
<nav aria-label="Parts">{nav}</nav>
<form id="credentials" aria-label="Credentials">
<p><label for="key">Branch key that the forms use</label>
<input id="key" value="{key}" autocomplete="off" spellcheck="false"></p>
<p><label for="secret">Branch secret</label>
<input id="secret" value="{secret}" autocomplete="off" spellcheck="false"></p>
</form>
</header>
<main>
{sections}
</main>
<script>@SCRIPT@</script>
</body>
</html>
"""


def _escaped(text: str) -> str:
    """For `str.format`."""
    return text.replace("{", "{{").replace("}", "}}")


PAGE = _FRAME.replace("@STYLE@", _escaped(STYLE)).replace("@SCRIPT@", _escaped(_SCRIPT))
"""Takes `version`, `nav`, `key`, `secret` and `sections`, all HTML."""
