// Microsoft's editor with its KQL, and what of it does not fit together any more: monaco-kusto is of the
// time when an editor's worker was asked for by a module's name. Loaded when a hunt is written.
import 'monaco-editor/editor/browser/coreCommands.js';
import 'monaco-editor/editor/browser/widget/codeEditor/codeEditorWidget.js';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/editor/common/standaloneStrings.js';
import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/codicon/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/cursorUndo/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/format/register.js';
import 'monaco-editor/features/gotoError/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/indentation/register.js';
import 'monaco-editor/features/lineSelection/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/features/parameterHints/register.js';
import 'monaco-editor/features/placeholderText/register.js';
import 'monaco-editor/features/rename/register.js';
import 'monaco-editor/features/snippet/register.js';
import 'monaco-editor/features/tokenization/register.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/unicodeHighlighter/register.js';
import 'monaco-editor/features/wordHighlighter/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import * as monaco from 'monaco-editor/editor';
import KustoWorker from '@kusto/monaco-kusto/release/esm/kusto.worker.js?worker';
import type { HuntSchema } from '../../api/hunts';

const methods = ['setSchema', 'addClusterToSchema', 'addDatabaseToSchema', 'setSchemaFromShowSchema', 'normalizeSchema', 'getSchema', 'getCommandInContext', 'getQueryParams', 'getGlobalParams', 'getReferencedSymbols', 'getReferencedGlobalParams', 'getRenderInfo', 'getCommandAndLocationInContext', 'getCommandsInDocument', 'doComplete', 'doValidation', 'getResultActions', 'doRangeFormat', 'doFolding', 'doDocumentFormat', 'doCurrentCommandFormat', 'doColorization', 'getClientDirective', 'getAdminCommand', 'findDefinition', 'findReferences', 'doRename', 'doHover', 'setParameters', 'getClusterReferences', 'getDatabaseReferences'] as const;

type Ask = (...given: unknown[]) => Promise<unknown>;
type Making = typeof monaco.editor.createWebWorker;

// What is wrong is said by the service that will run it (Editor.tsx): the editor knows other functions
// than it does, and would take the service's marks away with its own.
const unanswered: Ask = () => new Promise(() => undefined);

const makeWorker: Making = monaco.editor.createWebWorker;
// As it was called before 0.53; the answer's methods are its own, since who asks copies them.
monaco.editor.createWebWorker = ((asked: { createData?: unknown }) => {
  const worker = new KustoWorker();
  worker.postMessage('ignore');
  worker.postMessage(asked.createData);
  const made = makeWorker<Record<string, Ask>>({ worker });
  return {
    dispose: () => made.dispose(),
    withSyncedResources: (resources: monaco.Uri[]) => made.withSyncedResources(resources),
    getProxy: async () => {
      const proxy = await made.getProxy();
      return { ...Object.fromEntries(methods.map((name) => [name, (...given: unknown[]) => proxy[name]?.(...given)])), doValidation: unanswered };
    },
  };
}) as unknown as Making;

const { getKustoWorker, kustoDefaults } = await import('@kusto/monaco-kusto');

kustoDefaults.setLanguageSettings({
  ...kustoDefaults.languageSettings,
  includeControlCommands: false,
  useTokenColorization: true,
  enableQueryWarnings: false,
  enableQuerySuggestions: false,
  enableQuickFixes: false,
});

// Our tables and functions, as the language service wants them; what it knows of other services is not
// here.
export async function teach(schema: HuntSchema): Promise<void> {
  const uri = monaco.editor.getModels()[0]?.uri;
  if (!uri) return;
  const worker = await (await getKustoWorker())(uri);
  const database = {
    name: 'Vedette',
    majorVersion: 1,
    minorVersion: 0,
    entityGroups: [],
    tables: schema.tables.map((table) => ({
      name: table.name,
      entityType: 'Table' as const,
      docstring: '',
      columns: Object.entries(table.columns).map(([name, type]) => ({ name, type, docstring: '' })),
    })),
    functions: schema.functions.map((each) => ({
      name: each.name,
      docstring: each.description ?? '',
      body: each.body ?? `{ datatable(${Object.entries(each.columns).map(([name, type]) => `['${name}']:${type}`).join(', ')})[] }`,
      inputParameters: each.parameters.map(({ name, type, optional }) => (type === '(*)' ? { name, columns: [] } : { name, type, cslType: type, docstring: '', ...(optional ? { cslDefaultValue: `${type}(null)` } : {}) })),
    })),
  };
  await worker.setSchema({ clusterType: 'Engine', cluster: { connectionString: 'vedette', databases: [database] }, database } as unknown as Parameters<typeof worker.setSchema>[0]);
}

export { monaco };
