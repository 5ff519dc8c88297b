// The vendor's packages are written for a bundler: modules with import statements in a package that
// says nothing of modules. Node is told here which files those are; their text is left as it is.
export async function load(url, context, next) {
  if (/\/node_modules\/(futu|moomoo)-api\/(main|base)\.js$/.test(url))
    return next(url, { ...context, format: 'module' });
  return next(url, context);
}
