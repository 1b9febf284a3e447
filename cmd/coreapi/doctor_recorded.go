package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/fypass/coreapi-go"
)

// The operations' names.
const (
	infoOperation   = "Clients.Info"
	loginOperation  = "Users.Login"
	startOperation  = "Users.StartLogin"
	statusOperation = "Users.LoginStatus"
	saveOperation   = "Devices.Save"
	deviceOperation = "Devices.Get"
)

func operationNames() []string {
	return []string{infoOperation, loginOperation, startOperation, statusOperation, saveOperation, deviceOperation}
}

// recording is a response that somebody has recorded.
type recording struct {
	file      string // "-": standard input
	operation string
	status    int // 0: what the recording has, or 200
	isRefusal bool
	body      []byte
}

// read takes the file's body, and its status where curl -i has printed one.
func (r *recording) read(s streams) error {
	var data []byte
	var err error
	if r.file == "-" {
		data, err = readLimited(s.in, maxBody)
	} else {
		data, err = readAtMost(r.file, maxBody)
	}
	if err != nil {
		return fmt.Errorf("the recorded response cannot be read: %w", shownPath(err))
	}
	if len(bytes.TrimSpace(data)) == 0 { // nothing must not pass for a refusal
		return fmt.Errorf("the recorded response %s is empty: record one by curl -i, which prints the status where there is no body", shown(r.file))
	}
	answer := splitResponse(plainText(data))
	r.body = answer.body
	for _, status := range []int{answer.status, http.StatusOK} {
		if r.status == 0 {
			r.status = status
		}
	}
	return nil
}

func (r recording) subject() string {
	if r.isRefusal {
		return "refusal " + shown(r.file)
	}
	return r.operation + " " + shown(r.file)
}

// checkRecording has the SDK judge a recorded response.
func (d *doctor) checkRecording(ctx context.Context, r recording) {
	if d.profileErr != nil {
		d.report.skip(recorded, r.subject(), hangsOn(profileSubject))
		return
	}
	f := finding{Section: recorded, Subject: r.subject()}
	outcome, err := r.judge(ctx, d.profile)
	switch {
	case err != nil && err.StatusCode == 0: // which must not pass for a refusal
		f.Outcome, f.Found, f.WhoActs = fails, "not judged, since the SDK makes no such call with this profile: "+failureText(err), you
	case r.isRefusal:
		f.judgeRefusal(outcome, err)
	case r.status >= http.StatusBadRequest:
		f.judgeRecordedError(err)
	default:
		f.judgeRecordedSuccess(outcome, err)
	}
	d.report.add(f)
}

func (f *finding) judgeRefusal(success string, err *coreapi.Error) {
	switch {
	case err == nil:
		f.Outcome, f.WhoActs = fails, you
		f.Found = "DANGER: the SDK TAKES THIS REFUSED LOGIN FOR A SUCCESS (" + success + "): make what tells them apart a condition of the profile's envelope, or name the member that has the token"
	case err.Class() == "unexpected_response": // so would a success be, in another wire
		f.Outcome, f.Found, f.WhoActs = fails, "not read, which is no refusal: "+failureText(err)+profileHint(err), you
	case err.Code == "":
		f.Outcome, f.Found = holds, "refused, but a program sees no code: "+failureText(err)+unreadCode(err)
	default:
		f.Outcome, f.Found = holds, "refused: "+failureText(err)
	}
}

// judgeRecordedError looks at a response that is an error by its status.
func (f *finding) judgeRecordedError(err *coreapi.Error) {
	switch {
	case err == nil:
		f.Outcome, f.Found, f.WhoActs = fails, "the SDK takes an error for a success", you
	case coreapi.CodeOf(err) == "":
		f.Outcome, f.Found, f.WhoActs = fails, failureText(err)+cmp.Or(unreadCode(err), ": the reference lists no such code"), youThenAdmin
	default:
		f.Outcome, f.Found = holds, "an error that the SDK knows: "+failureText(err)
	}
}

func (f *finding) judgeRecordedSuccess(success string, err *coreapi.Error) {
	if err == nil {
		f.Outcome, f.Found = holds, "the SDK takes it: "+success
		return
	}
	f.Outcome, f.Found, f.WhoActs = fails, "no success: "+failureText(err)+profileHint(err), actorOn(err)
}

// judge calls the operation with made-up arguments, which never leave the process: the
// recorded response answers. It returns which fields of a success are there.
func (r recording) judge(ctx context.Context, p coreapi.Profile) (success string, failure *coreapi.Error) {
	client, err := coreapi.New("https://recorded.invalid", coreapi.ClientKey("recorded"), coreapi.WithProfile(p),
		coreapi.WithHTTPClient(&http.Client{Transport: recordedTransport(r)}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if err == nil {
		success, err = operate(ctx, client, r.operation, madeUp)
	}
	return success, asSDKError(err)
}

// arguments are what the operations are called with.
type arguments struct {
	account, id string
	password    coreapi.Secret
	reqToken    coreapi.Secret
	options     []coreapi.CallOption
}

// madeUp are digits, so that a template may have them as numbers.
var madeUp = arguments{account: "620000000000", id: "1", password: "1234", reqToken: "1"}

// operate calls an operation, and says which fields its result has.
func operate(ctx context.Context, c *coreapi.Client, operation string, a arguments) (success string, err error) {
	switch operation {
	case infoOperation:
		info, err := c.Clients.Info(ctx, a.options...)
		return textOf(info, err, func(i *coreapi.ClientInfo) fieldNames {
			return fieldNames{{"id", i.ID}, {"name", i.Name}, {"status", i.Status}}
		}), err
	case loginOperation:
		status, err := c.Users.Login(ctx, coreapi.LoginRequest{WhatsApp: a.account, Password: a.password}, a.options...)
		return textOf(status, err, statusFields), err
	case startOperation:
		session, err := c.Users.StartLogin(ctx, a.options...)
		return textOf(session, err, func(s *coreapi.LoginSession) fieldNames {
			return fieldNames{{"reqToken", string(s.ReqToken)}, {"url", s.URL}}
		}), err
	case statusOperation:
		status, err := c.Users.LoginStatus(ctx, a.reqToken, a.options...)
		text := textOf(status, err, statusFields)
		if err == nil {
			text = "the state is " + string(status.State) + "; " + text
		}
		return text, err
	case saveOperation:
		device, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: a.id}, a.options...)
		return textOf(device, err, deviceFields), err
	case deviceOperation:
		device, err := c.Devices.Get(ctx, a.id, a.options...)
		return textOf(device, err, deviceFields), err
	}
	return "", errors.New("there is no such operation")
}

func statusFields(s *coreapi.LoginStatus) fieldNames {
	return fieldNames{{"userToken", string(s.UserToken)}, {"userId", s.UserID}, {"failureCode", string(s.FailureCode)}, {"failureMessage", s.FailureMessage}}
}

func deviceFields(d *coreapi.Device) fieldNames {
	return fieldNames{{"id", d.ID}, {"deviceId", d.Info.DeviceID}, {"name", d.Info.Name}, {"model", d.Info.Model}, {"platform", d.Info.Platform},
		{"osVersion", d.Info.OSVersion}, {"appVersion", d.Info.AppVersion}, {"pushToken", string(d.Info.PushToken)}}
}

// fieldNames are the fields of a result, and their values, which are not shown.
type fieldNames []struct{ name, value string }

// textOf says which fields of a result are there, and which are not.
func textOf[T any](result *T, err error, fields func(*T) fieldNames) string {
	if err != nil || result == nil {
		return ""
	}
	var has, hasNot []string
	for _, f := range fields(result) {
		if f.value == "" {
			hasNot = append(hasNot, f.name)
		} else {
			has = append(has, f.name)
		}
	}
	text := "it has " + strings.Join(has, ", ")
	if len(has) == 0 {
		return "it has none of " + strings.Join(hasNot, ", ")
	}
	if len(hasNot) > 0 {
		text += "; not " + strings.Join(hasNot, ", ")
	}
	return text
}

// recordedTransport answers each request with the recording.
type recordedTransport recording

func (r recordedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		request.Body.Close()
	}
	return &http.Response{
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(r.body)),
		ContentLength: int64(len(r.body)),
		Request:       request,
	}, nil
}
