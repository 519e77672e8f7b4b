declare module 'virtual:world' {
  const world: {
    width: number;
    height: number;
    outline: string;
    countries: { code: string; path: string }[];
    points: Record<string, [number, number]>;
  };
  export default world;
}
