package coreapi_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// A job is a device that has to be saved. Yours is a row in a table.
type job struct {
	device     coreapi.DeviceInfo
	maybeSaved bool // by an earlier run
	timeouts   int  // REQUEST_TIMEOUTs of all runs
}

// What a queue does with a job after a run.
const (
	done  = "done"
	again = "again"       // after e.RetryAfter, or the queue's own backoff
	look  = "look"        // again: where ids are unique, DUPLICATE_KEY then means saved
	stop  = "stop all"    // again, when a person or a probe of Clients.Info finds that the client has access
	never = "never again" // with the guidance as the reason
)

// decide is the whole of it: docs/durable.md has the same for River, Temporal and failsafe-go.
func decide(e *coreapi.Error) string {
	switch e.Guidance().Action {
	case coreapi.ActionRetry:
		return again
	case coreapi.ActionLook:
		return look
	case coreapi.ActionContactAdmin: // and send e.Report() to the admin
		if !errors.Is(e, coreapi.ErrUserAccount) {
			return stop
		}
	}
	if deploymentFault(e) {
		return again // or one expired certificate ends all jobs
	}
	return never // a user's code, ActionFixRequest, ActionFixCredentials, ActionNone
}

// deploymentFault: a key, a certificate, the proxy or the base URL here is wrong. That says nothing about the work.
func deploymentFault(e *coreapi.Error) bool {
	class, status := e.Class(), e.StatusCode
	return class == "auth" || class == "tls" || class == "proxy" || class == "redirect" ||
		class == "unknown_code" && (status == 401 || status == 403 || status == 404) // without a documented code
}

// run is one run of a job, of one attempt: the queue repeats, not the SDK.
func run(ctx context.Context, client *coreapi.Client, j *job) (next string, e *coreapi.Error) {
	earlier := j.maybeSaved
	j.maybeSaved = true // write it to the table here: a process may die with no error at all
	_, err := client.Devices.Save(ctx, j.device, coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if err == nil || earlier && errors.Is(err, coreapi.ErrDuplicateKey) {
		return done, nil
	}
	errors.As(err, &e)
	j.maybeSaved = earlier || e.Delivery == coreapi.DeliveryUnknown
	if e.Code == coreapi.CodeRequestTimeout {
		j.timeouts++ // at the second, e.Report() goes to the admin: one attempt cannot know of the run before
	}
	if ctx.Err() != nil {
		return again, e // this worker is stopping, which says nothing about the job
	}
	return decide(e), e
}

func Example_queue() {
	fake := coreapitest.New()
	fake.AddDevice(coreapi.DeviceInfo{DeviceID: "taken"})
	fake.Inject(
		coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 1, Drop: coreapitest.DropAfter}, // saved, and the answer lost
		coreapitest.Fault{Operation: "Devices.Save", Skip: 3, Code: coreapi.CodeUserSuspended},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 4, Code: coreapi.CodeRequestTimeout},
	)
	var jobs []*job
	for _, id := range []string{"slow", "lost", "taken", "barred"} {
		jobs = append(jobs, &job{device: coreapi.DeviceInfo{DeviceID: id}})
	}
	for len(jobs) > 0 {
		j := jobs[0]
		jobs = jobs[1:]
		next, e := run(context.Background(), fake.Client(), j)
		fmt.Println(j.device.DeviceID, "→", next)
		if next == again || next == look {
			jobs = append(jobs, j)
		}
		if e.Guidance().Action == coreapi.ActionContactAdmin || next == again && j.timeouts == 2 {
			fmt.Println("  report to the admin:", e.Code)
		}
	}
	fmt.Println(len(fake.Devices()), "devices")
	// Output:
	// slow → again
	// lost → look
	// taken → never again
	// barred → never again
	//   report to the admin: USER_SUSPENDED
	// slow → again
	//   report to the admin: REQUEST_TIMEOUT
	// lost → done
	// slow → done
	// 3 devices
}

func Example_queueStopped() {
	fake := coreapitest.New()
	fake.SetClientStatus(coreapitest.Suspended)
	client, ctx := fake.Client(), context.Background()
	jobs := []*job{{device: coreapi.DeviceInfo{DeviceID: "phone-1"}}, {device: coreapi.DeviceInfo{DeviceID: "phone-2"}}}
	for len(jobs) > 0 {
		next, e := run(ctx, client, jobs[0])
		fmt.Println(jobs[0].device.DeviceID, "→", next)
		switch next {
		case stop:
			fmt.Println("report to the admin, once:", e.Code)
			fake.SetClientStatus(coreapitest.Active) // the admin acts, after hours; the queue asks every few minutes
			_, err := client.Clients.Info(ctx)
			fmt.Println("probe:", err)
		case done:
			jobs = jobs[1:]
		}
	}
	// Output:
	// phone-1 → stop all
	// report to the admin, once: CLIENT_ACCOUNT_SUSPENDED
	// probe: <nil>
	// phone-1 → done
	// phone-2 → done
}

func Example_queueAfterABadDeploy() {
	fake := coreapitest.New()
	// The program was deployed with another signature: the gateway refuses it without a documented code.
	fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: "BAD_SIGNATURE", Status: 401})
	j := &job{device: coreapi.DeviceInfo{DeviceID: "phone-1"}}
	next, e := run(context.Background(), fake.Client(), j)
	fmt.Println(next, "|", e.Guidance().Action, "|", e.Class())
	// Output:
	// again | none | unknown_code
}

func Example_queueAfterAKill() {
	fake := coreapitest.New()
	client := fake.Client()
	// The process before this one had marked the job and sent it, and was killed.
	fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
	next, _ := run(context.Background(), client, &job{device: coreapi.DeviceInfo{DeviceID: "phone-1"}, maybeSaved: true})
	fmt.Println(next)
	// A worker that is told to stop buries no job.
	stopping, cancel := context.WithCancel(context.Background())
	cancel()
	next, e := run(stopping, client, &job{device: coreapi.DeviceInfo{DeviceID: "phone-2"}})
	fmt.Println(next, "|", e.Guidance().Action)
	// Output:
	// done
	// again | none
}
