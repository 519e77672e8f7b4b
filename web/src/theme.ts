import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#e8f2fd', '#cfe3fa', '#a3c9f3', '#7cb7ff', '#4a97de', '#2877c7', '#0b5cad', '#094d92', '#073d74', '#052c55',
];

// The fills of tokens.css: white text has 5:1 or more on both.
const danger: MantineColorsTuple = [
  '#fdebee', '#f9d3d9', '#f0a5b0', '#e67486', '#dc4a61', '#c8243f', '#a8152f', '#8d1027', '#720b1f', '#580816',
];

// Mantine's greys of the dark theme, from text to canvas: the same as in tokens.css.
const dark: MantineColorsTuple = [
  '#e8ecf1', '#b4beca', '#8c98a6', '#8c98a6', '#667483', '#2b3440', '#1d242d', '#151a21', '#0e1116', '#0b0e12',
];

export const theme = createTheme({
  primaryColor: 'accent',
  colors: { accent, danger, dark },
  primaryShade: { light: 6, dark: 5 },
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 4,
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
  },
});

// Mantine's own variables take ours, so that one table of colours (tokens.css) rules both themes.
const ours = {
  '--mantine-color-body': 'var(--canvas)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--soft)',
  '--mantine-color-placeholder': 'var(--faint)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--raised)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--field)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--high)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-color-accent-light-color': 'var(--accent)',
  '--mantine-color-accent-text': 'var(--accent)',
};
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
