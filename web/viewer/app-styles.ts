import { css } from 'lit';

/** How the page is divided: a header, messages, and the viewer beside the panel, or above it where the page is narrow. */
export const appStyles = css`
  :host {
    display: grid;
    grid-template-rows: auto auto 1fr;
    height: 100dvh;
    min-height: 560px;
  }
  header {
    display: flex;
    align-items: center;
    gap: 16px;
    min-height: 52px;
    padding: 6px 16px;
    border-bottom: 1px solid var(--line);
    background: var(--card);
  }
  .brand {
    font-size: 19px;
    font-weight: 700;
    letter-spacing: -0.02em;
  }
  .private {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .gap {
    flex: 1;
  }
  rarevox-notices {
    grid-row: 2;
    padding: 10px 12px 0;
    max-height: 30vh;
    overflow: auto;
  }
  main {
    grid-row: 3;
    min-height: 0;
    overflow: auto;
  }
  .work {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 400px;
    gap: 12px;
    padding: 12px;
    overflow: hidden;
  }
  .picture {
    position: relative;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    gap: 8px;
    min-height: 0;
  }
  rarevox-viewer,
  rarevox-mask-key {
    grid-area: 2 / 1;
  }
  rarevox-mask-key {
    align-self: end;
    justify-self: end;
    z-index: 1;
    margin: 10px;
  }
  .below {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 6px 16px;
    min-height: 34px;
  }
  @media (max-width: 1000px) {
    .work {
      display: block;
      padding-bottom: 0;
      overflow: auto;
    }
    .picture {
      height: min(62vh, 760px);
      margin-bottom: 12px;
    }
  }
`;
