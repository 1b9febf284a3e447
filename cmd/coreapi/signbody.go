package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxBody is far over what the API takes, in bytes.
const maxBody = 16 << 20

// readBody returns nil where no file is named. "-" is standard input.
func readBody(s streams, file string) ([]byte, error) {
	var data []byte
	var err error
	switch file {
	case "":
		return nil, nil
	case "-":
		if isTerminal(s.in) {
			fmt.Fprintln(s.err, "Type or paste the JSON body, then press "+endOfInput+".")
		}
		data, err = readLimited(s.in, maxBody)
	default:
		data, err = readAtMost(file, maxBody)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the body cannot be read: %w", shownPath(err))
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("the body is empty: leave -body out for a request that has none")
	}
	return data, nil
}

// inForm is a body as it is sent and signed. One that a server cannot write again as
// it was is refused.
func (t *signing) inForm(body []byte) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	form, err := t.options.Form().Rewrite(body)
	if err == nil {
		err = form.Lossy
	}
	if err != nil {
		return nil, fmt.Errorf("the body cannot be signed: %w", err)
	}
	return form.Text, nil
}

// writeBody writes the body as it has to be sent. It may hold a password, so a new
// file is its owner's only.
func (t *signing) writeBody(file string) error {
	if file == "" {
		return nil
	}
	if err := os.WriteFile(file, t.body, 0o600); err != nil {
		return fmt.Errorf("the body cannot be written: %w", shownPath(err))
	}
	return nil
}

// warn says what to send where that is not the body as it was given.
func (t *signing) warn(w io.Writer, bodyOut string) {
	switch {
	case bytes.Equal(t.body, t.input.Body):
	case bodyOut != "":
		fmt.Fprintf(w, "coreapi: sign: the body was put into the form that is signed: send %s, byte for byte\n", shown(bodyOut))
	case bytes.Equal(t.body, bytes.TrimRight(t.input.Body, "\r\n")):
		fmt.Fprintln(w, "coreapi: sign: warning: the line's end behind the body is not signed: send the body without it (curl: -d drops it, --data-binary does not)")
	default:
		fmt.Fprintln(w, "coreapi: sign: warning: the body is signed in another form than it was given in (white space, escapes, numbers or the members' order differ): "+
			"send it exactly as the text has it behind \"body\": (-body-out FILE writes it)")
	}
}
