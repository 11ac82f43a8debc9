const metadata = "\nmetadata:\n";

const annotations = `${metadata}  {{- with include "facefleet.crdAnnotations" . }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
`;

/**
 * A CRD as a template of the chart. Helm installs what lies in a chart's folder `crds` once and never upgrades it, so
 * ours are templates; an annotation keeps them, and all objects of theirs, when the chart is uninstalled.
 */
export function chartTemplate(crd: string): string {
  const literal = crd.replaceAll("{{", '{{ "{{" }}');
  if (!literal.includes(metadata)) throw new Error("a CRD without metadata cannot be made a template");
  return `{{- if .Values.crds.install }}\n${literal.replace(metadata, annotations)}{{- end }}\n`;
}
