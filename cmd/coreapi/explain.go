package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
)

const explainHelp = `Usage: coreapi explain [-json] CODE...
       coreapi explain [-json] < error.json

Says of each error code what happened, who acts, what to do, and whether the
same request may be sent again. Without a CODE, or with "-", it reads standard
input: a code alone, the body of an error response as JSON, or a response as
curl -i prints it, in UTF-8 or as PowerShell writes it.

Flags:

  -json   write a JSON array, with an object for each code: code, documented,
          meaning, advice, action, whoActs, retryable, and where they are known
          status, requestId, message, didYouMean

Examples:

  coreapi explain INVALID_PASSWORD
  curl -s https://api.example.com/client | coreapi explain
  curl -si https://api.example.com/client | coreapi explain

Exit code: 0 where every code is documented, 1 where one is not or the response
has none, 2 for wrong usage or an input that cannot be read or is no JSON.
`

func setupExplain(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "")
	return func(ctx context.Context, s streams, args []string) error {
		answers, err := whatToExplain(s, args)
		if err != nil {
			return err
		}
		var all []explained
		documented := true
		for _, a := range answers {
			got, err := a.receive(ctx)
			if err != nil {
				return err
			}
			e := newExplained(got)
			all = append(all, e)
			documented = documented && e.Documented
		}
		if err := writeExplanations(s.out, all, *asJSON); err != nil {
			return err
		}
		if !documented {
			return errSaid
		}
		return nil
	}
}

// whatToExplain makes one answer of each argument, or one of standard input.
func whatToExplain(s streams, args []string) ([]answer, error) {
	if len(args) == 0 || (len(args) == 1 && args[0] == "-") {
		if isTerminal(s.in) {
			fmt.Fprintln(s.err, "Type or paste a code or the JSON body of an error response, then press "+endOfInput+".")
		}
		a, err := readAnswer(s.in)
		return []answer{a}, err
	}
	var answers []answer
	for _, arg := range args {
		code := strings.TrimSpace(arg)
		switch {
		case code == "":
			return nil, usagef("explain: a CODE is empty")
		case strings.HasPrefix(code, "-"):
			return nil, usagef(`explain: "%s" is no CODE: flags come first, and "-" stands alone`, shown(code))
		}
		answers = append(answers, answer{code: coreapi.Code(code)})
	}
	return answers, nil
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

// endOfInput is what ends typing.
var endOfInput = func() string {
	if runtime.GOOS == "windows" {
		return "Ctrl-Z and Enter"
	}
	return "Ctrl-D"
}()

// whoActs says the same as an Action, of people.
var whoActs = map[coreapi.Action]string{
	coreapi.ActionNone:           "nobody",
	coreapi.ActionContactAdmin:   "you, by contacting the API's admin",
	coreapi.ActionFixRequest:     "you, by changing what your program sends",
	coreapi.ActionFixCredentials: "the end user, with another account or password",
	coreapi.ActionRetry:          "your program, by sending the request again later",
	coreapi.ActionLook:           "your program, by looking whether it was done before sending it again",
}

// whoActsOn knows that no action for a code that is not documented means that
// nobody has said.
func whoActsOn(action coreapi.Action, documented bool) string {
	if action == coreapi.ActionNone && !documented {
		return "not known: the reference does not say"
	}
	if who, ok := whoActs[action]; ok {
		return who
	}
	return action.String()
}

// explained is what is said of an error, and how -json writes it.
type explained struct {
	Code       coreapi.Code   `json:"code"`
	Documented bool           `json:"documented"`
	Status     int            `json:"status,omitempty"`
	RequestID  string         `json:"requestId,omitempty"`
	Meaning    string         `json:"meaning"`
	Advice     string         `json:"advice"`
	Action     string         `json:"action"`
	WhoActs    string         `json:"whoActs"`
	Retryable  bool           `json:"retryable"` // whatever the method
	Message    string         `json:"message,omitempty"`
	DidYouMean []coreapi.Code `json:"didYouMean,omitempty"`

	getOnly bool // as received has it
}

func newExplained(e received) explained {
	guidance := e.Guidance()
	documented := coreapi.CodeOf(e.Error) != "" && !errors.Is(e.Error, coreapi.ErrUnknownCode)
	return explained{
		Code:       e.Code,
		Documented: documented,
		Status:     e.status,
		RequestID:  e.requestID,
		Meaning:    guidance.Summary,
		Advice:     guidance.Advice,
		Action:     guidance.Action.String(),
		WhoActs:    whoActsOn(guidance.Action, documented),
		Retryable:  coreapi.IsRetryable(e.Error) && !e.getOnly,
		Message:    e.Message,
		DidYouMean: nearestCodes(e.Code),
		getOnly:    e.getOnly,
	}
}

func writeExplanations(w io.Writer, all []explained, asJSON bool) error {
	if asJSON {
		text, err := encodeJSON(all, "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	}
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		e.write(w)
	}
	return nil
}

func (e explained) write(w io.Writer) {
	heading := shown(string(e.Code))
	if heading == "" {
		heading = "(no code)"
	}
	fmt.Fprintln(w, heading)
	for _, line := range []struct{ name, text string }{
		{"What happened", e.Meaning},
		{"Who acts", e.WhoActs},
		{"Action", e.Action},
		{"What to do", e.Advice},
		{"Retry", e.retry()},
		{"Server's words", shown(e.Message)},
		{"Status", strings.TrimPrefix(strconv.Itoa(e.Status), "0")},
		{"Request id", shown(e.RequestID)},
		{"Did you mean", e.didYouMean()},
	} {
		if line.text != "" {
			fmt.Fprintf(w, "  %-15s %s\n", line.name+":", line.text)
		}
	}
}

func (e explained) retry() string {
	if e.getOnly {
		return "a GET yes; a POST no, it may have been acted on"
	}
	return yesOrNo(e.Retryable)
}

func (e explained) didYouMean() string {
	codes := make([]string, len(e.DidYouMean))
	for i, code := range e.DidYouMean {
		codes[i] = string(code)
	}
	return strings.Join(codes, " or ")
}
