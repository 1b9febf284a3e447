package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
)

const doctorHelp = `Usage: coreapi doctor [-profile FILE] [-json] [-live]
       coreapi doctor [-profile FILE] [-json] -response FILE -operation NAME
                      [-status N] ... -refusal FILE [-status N]

Says whether a profile fits the API: what is assumed, how the SDK judges
responses that you have recorded, and, with -live, whether the API can be
reached and answers as the profile says. One line a check, with who has to act
where one fails.

The environment holds what NewFromEnv reads; no flag takes a secret:

  COREAPI_BASE_URL           the API's base URL, for -live
  COREAPI_CLIENT_KEY         the client key
  COREAPI_PRIVATE_KEY        the private key's text, or else
  COREAPI_PRIVATE_KEY_FILE   the name of its file: one of the two
  COREAPI_PROFILE            the profile's file; -profile goes before it
  COREAPI_REQ_TOKEN          with -live: the reqToken of a login to ask for
  COREAPI_DEVICE_ID          with -live: the id of a device to ask for
  COREAPI_USER_TOKEN         with -live: sent with these two, where it is set

Flags:

  -profile FILE    the profile. Without it the defaults are checked.
  -response FILE   a recorded response, as its body alone or as curl -i prints
                   it ("-": standard input). It holds where the SDK takes it
                   for a success, or, with a status of 400 or more, finds its
                   code. May be given several times.
  -operation NAME  whose response it is: Clients.Info, Users.Login,
                   Users.StartLogin, Users.LoginStatus, Devices.Save or
                   Devices.Get. Behind its -response.
  -status N        its HTTP status. Behind its -response or -refusal. Default:
                   the recorded one, or 200.
  -refusal FILE    a recorded response to a login that was refused. It holds
                   where the SDK takes it for a refusal.
  -live            look up the host, connect, look at the certificate and the
                   clock, and call Clients.Info once. A login's status and a
                   device are asked for only where the environment names one.
                   Nothing but GET is sent, once, and no redirect is followed.
  -json            write JSON, for programs (cmd/coreapi/doctor.schema.json)

No value of a response is printed: names of members, kinds, the status, and a
state's or a code's word of at most 32 plain characters. No file is written.

Exit code: 0 where all that was checked holds; 1 where something fails; 2 for
wrong usage, or a wrong profile; 3 where nothing could be checked.
`

// The exit codes that only doctor has, beside exitOK, exitFailed and exitUsage.
const exitNothingChecked = 3

// doctorRequest is the command line of doctor.
type doctorRequest struct {
	profileFile string
	recordings  []recording
	live        bool
	asJSON      bool
}

func setupDoctor(flags *flag.FlagSet) action {
	var r doctorRequest
	textFlag(flags, "profile", &r.profileFile)
	flags.Func("response", "", func(file string) error { return r.begin(recording{file: file}) })
	flags.Func("refusal", "", func(file string) error {
		return r.begin(recording{file: file, operation: loginOperation, isRefusal: true})
	})
	flags.Func("operation", "", r.setOperation)
	flags.Func("status", "", r.setStatus)
	flags.BoolVar(&r.live, "live", false, "")
	flags.BoolVar(&r.asJSON, "json", false, "")
	return func(ctx context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("doctor takes no arguments, only flags: see 'coreapi doctor -h'") // not quoted: it may be a token
		}
		return runDoctor(ctx, s, r)
	}
}

// begin starts a recording, which the next -operation and -status belong to.
func (r *doctorRequest) begin(rec recording) error {
	if rec.file == "" {
		return errors.New("it is empty: pass a file, or leave the flag out")
	}
	r.recordings = append(r.recordings, rec)
	return nil
}

func (r *doctorRequest) setOperation(name string) error {
	rec, err := r.latest()
	switch {
	case err != nil:
		return err
	case rec.isRefusal:
		return errors.New("a -refusal is that of Users.Login: leave -operation out")
	case rec.operation != "":
		return errors.New("its -response has one already: put each -operation behind its own -response")
	case !slices.Contains(operationNames(), name):
		return errors.New("there is no such operation: pass one of " + strings.Join(operationNames(), ", "))
	}
	rec.operation = name
	return nil
}

func (r *doctorRequest) setStatus(value string) error {
	rec, err := r.latest()
	if err != nil {
		return err
	}
	status, err := strconv.Atoi(value)
	switch {
	case err != nil || status < 200 || status > 599:
		return errors.New("pass a final HTTP status, 200 to 599")
	case rec.status != 0:
		return errors.New("its recording has one already: put each -status behind its own -response or -refusal")
	}
	rec.status = status
	return nil
}

func (r *doctorRequest) latest() (*recording, error) {
	if len(r.recordings) == 0 {
		return nil, errors.New("put it behind the -response that it belongs to")
	}
	return &r.recordings[len(r.recordings)-1], nil
}

// check refuses what can be told without any file.
func (r doctorRequest) check() error {
	fromInput := 0
	for _, rec := range r.recordings {
		if rec.operation == "" {
			return usagef("doctor: -response %s has no -operation: put one behind it, such as -operation Clients.Info", shown(rec.file))
		}
		if rec.file == "-" {
			fromInput++
		}
	}
	if fromInput > 1 {
		return usagef("doctor: standard input can be one recording only: name files for the others")
	}
	return nil
}

func runDoctor(ctx context.Context, s streams, r doctorRequest) error {
	if err := r.check(); err != nil {
		return err
	}
	for i := range r.recordings {
		if err := r.recordings[i].read(s); err != nil {
			return usageError{"doctor: " + err.Error()}
		}
	}
	d := newDoctor(r)
	d.checkOffline(ctx)
	for _, rec := range r.recordings {
		d.checkRecording(ctx, rec)
	}
	if r.live {
		d.checkLive(ctx)
	}
	if err := d.report.write(s.out, r.asJSON); err != nil {
		return err
	}
	return d.verdict()
}

// doctor is one run: what is known of the integration so far, and what was found.
type doctor struct {
	live       bool
	file       string // the profile's; "": the defaults
	profile    coreapi.Profile
	profileErr error

	credentials coreapi.Credentials // Signer nil, or ClientKey "": not usable
	host        liveHost
	report      doctorReport
}

func newDoctor(r doctorRequest) *doctor {
	d := &doctor{live: r.live, file: r.profileFile}
	if d.file == "" {
		d.file = os.Getenv("COREAPI_PROFILE")
	}
	d.profile, d.profileErr = readDoctorProfile(d.file)
	return d
}

// readDoctorProfile reads a profile as the SDK does. file "": the defaults.
func readDoctorProfile(file string) (coreapi.Profile, error) {
	if file == "" {
		return coreapi.Profile{}, nil
	}
	profile, err := coreapi.LoadProfile(file)
	if err == nil { // what only New refuses
		_, err = coreapi.New("https://doctor.invalid", coreapi.ClientKey("key"), coreapi.WithProfile(profile))
	}
	return profile, sdkCause(err)
}

// verdict is the exit code of what was found.
func (d *doctor) verdict() error {
	counts := d.report.counts()
	switch {
	case d.profileErr != nil:
		return saidError{exitUsage}
	case counts.Fails > 0:
		return saidError{exitFailed}
	case counts.Holds == 0:
		return saidError{exitNothingChecked}
	}
	return nil
}

// saidError is a failure that the output has told of already, with an exit code of its
// own.
type saidError struct{ code int }

func (e saidError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func (e saidError) Is(target error) bool { return target == errSaid }
