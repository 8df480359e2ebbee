'use strict';
// Sorts and filters the table. What is chosen stands in the address behind the
// #, so that it can be passed on: #verdict=alma-only&sort=-run
(function () {
  const table = document.getElementById('reports');
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const written = Array.from(body.rows); // in the order in which they were written
  const chosen = ['verdict', 'release', 'package', 'decision'];
  const words = new Map(written.map(row => [row, row.textContent.toLowerCase()]));
  const control = name => document.getElementById(name);
  let sort = '';
  let shown = '';

  function fill(name) {
    const values = new Set(written.map(row => row.dataset[name]));
    for (const value of Array.from(values).filter(Boolean).sort(compare)) {
      control(name).add(new Option(value, value));
    }
  }

  function compare(a, b) {
    return a.localeCompare(b, 'en', { numeric: true });
  }

  function matches(row) {
    const asked = control('q').value.toLowerCase().split(/\s+/);
    return asked.every(word => words.get(row).includes(word)) &&
      chosen.every(name => control(name).value === '' || control(name).value === row.dataset[name]);
  }

  function filter() {
    let count = 0;
    for (const row of written) {
      const visible = matches(row);
      row.hidden = !visible;
      const evidence = control(row.dataset.evidence);
      if (evidence) evidence.hidden = !visible;
      if (visible) count++;
    }
    control('count').textContent = count + ' of ' + written.length + ' reports';
  }

  function order() {
    const down = sort.startsWith('-');
    const key = sort.replace('-', '');
    const column = heads.findIndex(head => head.dataset.key === key);
    for (const head of heads) head.removeAttribute('aria-sort');
    let rows = written;
    if (column !== -1) {
      heads[column].setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const text = row => row.cells[column].textContent.trim();
      rows = written.slice().sort(function (a, b) {
        const x = text(a), y = text(b);
        if (x === '' || y === '') return (x === '') - (y === ''); // none comes last
        return down ? compare(y, x) : compare(x, y);
      });
    }
    body.append(...rows);
  }

  function show() {
    const evidence = control(shown);
    if (!evidence || !evidence.matches('.case')) return;
    evidence.open = true;
    evidence.hidden = false;
    evidence.scrollIntoView();
  }

  function write() {
    const state = new URLSearchParams();
    for (const name of ['q'].concat(chosen)) {
      if (control(name).value) state.set(name, control(name).value);
    }
    if (sort) state.set('sort', sort);
    if (shown) state.set('show', shown);
    history.replaceState(null, '', '#' + state);
  }

  // read does what the address says. Of a plain link to a report's evidence the
  // filters stay.
  function read() {
    const said = location.hash.slice(1);
    if (said && !said.includes('=')) {
      shown = said;
      write();
      show();
      return;
    }
    const state = new URLSearchParams(said);
    control('q').value = state.get('q') || '';
    for (const name of chosen) {
      const value = state.get(name) || '';
      const known = Array.from(control(name).options).some(option => option.value === value);
      control(name).value = known ? value : '';
    }
    sort = state.get('sort') || '';
    shown = state.get('show') || '';
    order();
    filter();
    show();
  }

  function changed() {
    shown = '';
    filter();
    write();
  }

  for (const head of heads) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.addEventListener('click', function () {
      const key = head.dataset.key;
      sort = sort === key ? '-' + key : key;
      order();
      write();
    });
    head.append(button);
  }
  fill('verdict');
  fill('release');
  fill('package');
  for (const name of ['q'].concat(chosen)) control(name).addEventListener('input', changed);
  control('reset').addEventListener('click', function () {
    for (const name of ['q'].concat(chosen)) control(name).value = '';
    sort = '';
    order();
    changed();
  });
  window.addEventListener('hashchange', read);
  window.addEventListener('beforeprint', function () {
    for (const details of document.querySelectorAll('.case')) details.open = true;
  });
  control('filters').hidden = false;
  read();
}());
