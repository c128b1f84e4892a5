import { type Content, html, type Markup } from './html.ts'

/** A table of a page: the first column names the rows. */
export interface Table {
  columns: readonly string[]
  rows: readonly (readonly Content[])[]
}

/** A picture, what it is called, and the same in words and as a table. */
export interface Figure {
  title: string
  /** Beside the title, such as a unit. */
  aside: string
  /** For who cannot see it: what is drawn, over what. */
  label: string
  legend: readonly { name: string; mark: string }[]
  /** Whether the legend is of areas. */
  areas?: boolean
  /** For a wide window; without it the narrow one grows. */
  wide?: Markup
  narrow: Markup
  table: Table
}

/** A figure with its table, which a reader may open. */
export const figureHtml = ({ title, aside, label, legend, areas, wide, narrow, table }: Figure): Markup =>
  html` <figure>
    <figcaption><b class="of">${title}</b><span>${aside}</span></figcaption>
    <div role="img" aria-label="${label}">
      ${
        wide === undefined
          ? narrow
          : html`<div class="wide">${wide}</div>
              <div class="narrow">${narrow}</div>`
      }
    </div>
    ${
      legend.length === 0
        ? null
        : html`<ul class="legend${areas === true ? ' areas' : ''}">
            ${legend.map(({ name, mark }) => html`<li class="${mark}">${name}</li>`)}
          </ul>`
    }
    <details>
      <summary>As a table</summary>
      ${tableHtml(table, title)}
    </details>
  </figure>`

/** A table that scrolls by itself if it is too wide, with the keyboard too. */
export const tableHtml = ({ columns, rows }: Table, name: string): Markup =>
  html` <div class="scroll" role="region" tabindex="0" aria-label="${name}: table">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([head = '', ...cells]) =>
            html`<tr>
              <th scope="row">${head}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
