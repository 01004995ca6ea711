import { STYLESHEET } from '../../src/report/stylesheet.ts';
import './runs-page.ts';

// The reports' own stylesheet, so that curves and tables look the same there as here; run.css goes on top of it.
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLESHEET);
document.adoptedStyleSheets = [sheet];
