package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/fypass/coreapi-go"
)

const codesHelp = `Usage: coreapi codes [-json]

Lists the error codes that the API's reference documents: the code, who acts,
whether to send the request again, and what happened.

Flags:

  -json   write a JSON array with all that is known of each code, for programs
          (cmd/coreapi/codes.schema.json)

Exit code: 0, or 2 for wrong usage.
`

func setupCodes(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "")
	return func(_ context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("codes takes no arguments: to have a code explained, run 'coreapi explain %s'", shown(args[0]))
		}
		if *asJSON {
			return writeCodesJSON(s.out)
		}
		return writeCodesTable(s.out)
	}
}

// codeRow is a code as the -json flag writes it.
type codeRow struct {
	Code      coreapi.Code `json:"code"`
	Group     string       `json:"group"`
	Meaning   string       `json:"meaning"`
	Advice    string       `json:"advice"`
	Action    string       `json:"action"`
	Retryable bool         `json:"retryable"`
}

// codeRows are in the reference's order.
func codeRows() (rows []codeRow) {
	for _, info := range coreapi.Catalogue() {
		rows = append(rows, codeRow{info.Code, info.Group, info.Meaning, info.Advice, info.Action.String(), info.Retryable})
	}
	return rows
}

func writeCodesJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(codeRows())
}

func writeCodesTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CODE\tACTION\tRETRY\tWHAT HAPPENED")
	for _, info := range coreapi.Catalogue() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", info.Code, info.Action, yesOrNo(info.Retryable), info.Meaning)
	}
	return table.Flush()
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
