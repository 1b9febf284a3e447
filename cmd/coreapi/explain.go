package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fypass/coreapi-go"
)

const explainHelp = `Usage: coreapi explain CODE...
       coreapi explain < error.json

Says of each error code what happened, who acts, what to do, and whether the
same request may be sent again. Without a CODE, or with "-", it reads the body
of an error response, as JSON, on standard input.

Examples:

  coreapi explain INVALID_PASSWORD
  curl -s https://api.example.com/client | coreapi explain

Exit code: 0 where every code is documented, 1 where one is not or the body has
none, 2 for wrong usage or an input that cannot be read.
`

func setupExplain(*flag.FlagSet) action {
	return func(ctx context.Context, s streams, args []string) error {
		apiErrors, err := whatToExplain(ctx, s, args)
		if err != nil {
			return err
		}
		documented := true
		for i, apiError := range apiErrors {
			if i > 0 {
				fmt.Fprintln(s.out)
			}
			writeExplanation(s.out, apiError)
			documented = documented && !errors.Is(apiError, coreapi.ErrUnknownCode)
		}
		if !documented {
			return errSaid
		}
		return nil
	}
}

// whatToExplain makes one error of each argument, or one of standard input.
func whatToExplain(ctx context.Context, s streams, args []string) ([]*coreapi.Error, error) {
	if len(args) == 0 || (len(args) == 1 && args[0] == "-") {
		if isTerminal(s.in) {
			fmt.Fprintln(s.err, "Type or paste the JSON body of an error response, then press Ctrl-D.")
		}
		apiError, err := readErrorBody(ctx, s.in)
		return []*coreapi.Error{apiError}, err
	}
	var apiErrors []*coreapi.Error
	for _, arg := range args {
		code := strings.TrimSpace(arg)
		switch {
		case code == "":
			return nil, usagef("explain: a CODE is empty")
		case strings.HasPrefix(code, "-"):
			return nil, usagef(`explain: "%s" is no CODE: flags come first, and "-" stands alone`, printable(code))
		}
		apiErrors = append(apiErrors, coreapi.NewError(coreapi.Code(code), ""))
	}
	return apiErrors, nil
}

// isTerminal is true for other character devices too, where a hint does no harm.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// whoActs says the same as an Action, of people.
var whoActs = map[coreapi.Action]string{
	coreapi.ActionNone:           "nobody",
	coreapi.ActionContactAdmin:   "you, by contacting the API's admin",
	coreapi.ActionFixRequest:     "you, by changing what your program sends",
	coreapi.ActionFixCredentials: "the end user, with another account or password",
	coreapi.ActionRetry:          "your program, by sending the request again later",
}

// whoActsOn knows that no action for a code that is not documented means that
// nobody has said.
func whoActsOn(e *coreapi.Error, action coreapi.Action) string {
	if action == coreapi.ActionNone && errors.Is(e, coreapi.ErrUnknownCode) {
		return "not known: the reference does not say"
	}
	return whoActs[action]
}

func writeExplanation(w io.Writer, e *coreapi.Error) {
	guidance := e.Guidance()
	heading := printable(string(e.Code))
	if heading == "" {
		heading = "(no code)"
	}
	fmt.Fprintln(w, heading)
	for _, line := range []struct{ name, text string }{
		{"What happened", guidance.Summary},
		{"Who acts", whoActsOn(e, guidance.Action)},
		{"Action", guidance.Action.String()},
		{"What to do", guidance.Advice},
		{"Retry", yesOrNo(coreapi.IsRetryable(e))},
		{"Server's words", printable(e.Message)},
		{"Did you mean", nearestCode(e.Code)},
	} {
		if line.text != "" {
			fmt.Fprintf(w, "  %-15s %s\n", line.name+":", line.text)
		}
	}
}

// nearestCode helps with a code that was typed by hand; "" for no help.
func nearestCode(code coreapi.Code) string {
	spelled := strings.NewReplacer("-", "_", " ", "_").Replace(string(code))
	for _, info := range coreapi.Catalogue() {
		if info.Code != code && strings.EqualFold(string(info.Code), spelled) {
			return string(info.Code)
		}
	}
	return ""
}
