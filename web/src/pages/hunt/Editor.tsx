// The editor as a part of the page: one text at a time, each tab's with its own undo.
import './environment';
import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import type { Diagnostic, HuntSchema } from '../../api/hunts';
import { Loading } from '../../parts/states';
import { blockAt, blocksOf, placeOf, type Sent } from './blocks';

type Module = typeof import('./monaco');
type CodeEditor = ReturnType<Module['monaco']['editor']['create']>;

export interface EditorHandle {
  line: () => number;
  text: () => string | undefined; // as it is now, perhaps before the page has heard of it
  // In the place of what is there, as something that can be undone.
  insert: (at: number, text: string) => void;
  show: (sent: Sent, diagnostics: Diagnostic[]) => void;
  focus: () => void;
}

interface Props {
  tab: string;
  open: string[]; // all tabs
  text: string; // as it is when the tab is first shown; from then on the editor has it
  schema: HuntSchema | undefined;
  onChange: (text: string) => void;
  onLine: (line: number) => void;
  onRun: () => void;
  onRunAll: () => void;
  handle: Ref<EditorHandle>;
}

const themes = { light: 'vedette-light', dark: 'vedette-dark' } as const;

// Colours are those of the page (tokens.css).
function defineThemes(monaco: Module['monaco']): void {
  for (const scheme of ['light', 'dark'] as const) {
    const token = (name: string) => colours[scheme][name] ?? '#000000';
    monaco.editor.defineTheme(themes[scheme], {
      base: scheme === 'light' ? 'vs' : 'vs-dark',
      inherit: true,
      rules: tokenRules[scheme],
      colors: {
        'editor.background': token('surface'),
        'editor.foreground': token('ink'),
        'editorLineNumber.foreground': token('faint'),
        'editorLineNumber.activeForeground': token('ink'),
        'editorWidget.background': token('surface'),
        'editorWidget.border': token('field'),
        'editorSuggestWidget.background': token('surface'),
        'editorSuggestWidget.foreground': token('ink'),
        'editorSuggestWidget.selectedBackground': token('accentFill'),
        'editorSuggestWidget.selectedForeground': '#ffffff',
        'editorSuggestWidget.highlightForeground': token('accent'),
        'editorSuggestWidget.focusHighlightForeground': '#ffffff',
        'editor.selectionHighlightBackground': token('block'),
        'editor.lineHighlightBorder': token('line'),
        focusBorder: token('accent'),
      },
    });
  }
}
// Where the editor's usual ones are too pale; from the language service's own themes.
const tokenRules: Record<'light' | 'dark', { token: string; foreground: string }[]> = {
  light: [{ token: 'number', foreground: '076345' }, { token: 'operator.sql', foreground: 'b03000' }, { token: 'comment', foreground: '007000' }, { token: 'variable.predefined', foreground: '800080' }],
  dark: [{ token: 'operator.sql', foreground: '9cdcfe' }, { token: 'comment', foreground: '7fb36a' }, { token: 'variable.predefined', foreground: '4ec9b0' }],
};
const colours: Record<'light' | 'dark', Record<string, string>> = {
  light: { surface: '#ffffff', ink: '#141a21', faint: '#5f6b7a', field: '#7c8794', line: '#d5dae1', accent: '#0b5cad', accentFill: '#0b5cad', block: '#0b5cad14' },
  dark: { surface: '#151a21', ink: '#e8ecf1', faint: '#8c98a6', field: '#667483', line: '#2b3440', accent: '#7cb7ff', accentFill: '#2877c7', block: '#7cb7ff1f' },
};

export function Editor({ tab, open, text, schema, onChange, onLine, onRun, onRunAll, handle }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [made, setMade] = useState<{ module: Module; editor: CodeEditor }>();
  const [failure, setFailure] = useState(false);
  const latest = useRef({ onChange, onLine, onRun, onRunAll });
  latest.current = { onChange, onLine, onRun, onRunAll };
  const { colorScheme } = useMantineColorScheme();
  const models = useRef(new Map<string, ReturnType<Module['monaco']['editor']['createModel']>>());

  const begun = useRef({ tab, text });
  useEffect(() => {
    let editor: CodeEditor | undefined;
    let isGone = false;
    const owned = models.current;
    const watched: { dispose: () => void }[] = [];
    import('./monaco').then(
      (module) => {
        if (isGone || !place.current) return;
        const { monaco } = module;
        defineThemes(monaco);
        const model = monaco.editor.createModel(begun.current.text, 'kusto');
        owned.set(begun.current.tab, model);
        editor = monaco.editor.create(place.current, {
          model,
          automaticLayout: true,
          useShadowDOM: false,
          minimap: { enabled: false },
          scrollBeyondLastLine: false,
          fontSize: 13,
          lineHeight: 20,
          wordBasedSuggestions: 'off',
          fixedOverflowWidgets: true,
          renderLineHighlight: 'none',
          overviewRulerLanes: 0,
          scrollbar: { alwaysConsumeMouseWheel: false },
          ariaLabel: 'KQL. Escape, then Tab leaves the editor.',
          unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true },
          padding: { top: 8, bottom: 8 },
        });
        setUpKeys(module, editor, latest, watched);
        watched.push(
          editor.onDidChangeModelContent(() => latest.current.onChange(editor?.getValue() ?? '')),
          editor.onDidChangeCursorPosition((event) => latest.current.onLine(event.position.lineNumber)),
        );
        setMade({ module, editor });
      },
      () => setFailure(true),
    );
    return () => {
      isGone = true;
      for (const each of watched) each.dispose();
      editor?.dispose();
      for (const model of owned.values()) model.dispose();
      owned.clear();
    };
  }, []);

  const [isTaught, setTaught] = useState(false);
  useEffect(() => {
    if (!made) return;
    const { monaco } = made.module;
    let model = models.current.get(tab);
    if (!model) {
      model = monaco.editor.createModel(text, 'kusto');
      models.current.set(tab, model);
    }
    if (made.editor.getModel() !== model) {
      made.editor.setModel(model);
      made.editor.setPosition(model.getPositionAt(model.getValueLength()));
      latest.current.onLine(made.editor.getPosition()?.lineNumber ?? 1);
    }
  }, [made, tab, text]);
  const kept = open.join(' ');
  useEffect(() => {
    const ids = kept.split(' ');
    for (const [id, model] of models.current)
      if (!ids.includes(id)) {
        models.current.delete(id);
        model.dispose();
      }
  }, [kept]);
  useEffect(() => {
    if (!made || !schema) return;
    void made.module.teach(schema).then(() => setTaught(true));
  }, [made, schema]);
  useEffect(() => {
    const isDark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    made?.module.monaco.editor.setTheme(themes[isDark ? 'dark' : 'light']);
  }, [made, colorScheme]);

  useImperativeHandle(handle, () => ({
    line: () => made?.editor.getPosition()?.lineNumber ?? 1,
    text: () => made?.editor.getModel()?.getValue(),
    insert(at, added) {
      const model = made?.editor.getModel();
      if (!made || !model) return;
      const from = model.getPositionAt(at);
      made.editor.pushUndoStop();
      made.editor.executeEdits('page', [{ range: { startLineNumber: from.lineNumber, startColumn: from.column, endLineNumber: from.lineNumber, endColumn: from.column }, text: added, forceMoveMarkers: false }]);
      made.editor.pushUndoStop();
    },
    show(sent, diagnostics) {
      const model = made?.editor.getModel();
      if (!made || !model) return;
      const { monaco } = made.module;
      monaco.editor.setModelMarkers(model, 'vedette', diagnostics.map((each) => {
        const { start, end } = placeOf(sent, each.start, each.length);
        const from = model.getPositionAt(start);
        const to = model.getPositionAt(Math.max(end, start + 1));
        return { severity: monaco.MarkerSeverity.Error, code: each.code, message: [each.message, each.hint].filter(Boolean).join('\n'), startLineNumber: from.lineNumber, startColumn: from.column, endLineNumber: to.lineNumber, endColumn: to.column };
      }));
    },
    focus: () => made?.editor.focus(),
  }), [made]);

  return (
    <div className="hunt-editor" data-testid="hunt.editor" data-ready={isTaught || undefined}>
      {failure && <p className="bad-line">The editor could not be loaded. Load the page again.</p>}
      {!made && !failure && <Loading rows={4} />}
      <div ref={place} className="hunt-editor-place" />
    </div>
  );
}

function setUpKeys({ monaco }: Module, editor: CodeEditor, latest: { current: Pick<Props, 'onRun' | 'onRunAll'> }, watched: { dispose: () => void }[]): void {
  const { KeyMod, KeyCode } = monaco;
  const toBlock = (isUp: boolean) => () => {
    const model = editor.getModel();
    const line = editor.getPosition()?.lineNumber ?? 1;
    if (!model) return;
    const blocks = blocksOf(model.getValue());
    const here = blockAt(blocks, line);
    const next = isUp ? blocks.findLast((block) => block.firstLine < (here?.firstLine ?? 1)) : blocks.find((block) => block.firstLine > (here?.firstLine ?? line));
    if (!next) return;
    editor.setPosition({ lineNumber: next.firstLine, column: 1 });
    editor.revealLineInCenterIfOutsideViewport(next.firstLine);
  };
  watched.push(
    editor.addAction({ id: 'hunt.run', label: 'Run the block', keybindings: [KeyMod.Shift | KeyCode.Enter], run: () => latest.current.onRun() }),
    editor.addAction({ id: 'hunt.runAll', label: 'Run all', keybindings: [KeyMod.CtrlCmd | KeyCode.Enter], run: () => latest.current.onRunAll() }),
    editor.addAction({ id: 'hunt.up', label: 'The block above', keybindings: [KeyMod.Alt | KeyCode.UpArrow], run: toBlock(true) }),
    editor.addAction({ id: 'hunt.down', label: 'The block below', keybindings: [KeyMod.Alt | KeyCode.DownArrow], run: toBlock(false) }),
    // Escape, then Tab leaves; any other key means that people go on writing.
    editor.onKeyDown((event) => {
      if (event.keyCode === KeyCode.Escape) editor.updateOptions({ tabFocusMode: true });
      else if (event.keyCode !== KeyCode.Tab && event.keyCode !== KeyCode.Shift) editor.updateOptions({ tabFocusMode: false });
    }),
    editor.onDidBlurEditorText(() => editor.updateOptions({ tabFocusMode: false })),
  );
}
