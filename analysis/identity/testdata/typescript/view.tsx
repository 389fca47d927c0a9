declare namespace JSX { interface IntrinsicElements { div: { id?: string } } interface Element { } }
export const v = <div idd="x"></div>;
export const w = <Unknown />;
export const y = <span></span>;
