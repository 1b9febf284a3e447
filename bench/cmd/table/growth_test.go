package main

import (
	"strings"
	"testing"
)

func TestAWaitingCallIsHeldToTheHandWrittenOne(t *testing.T) {
	for name, test := range map[string]struct{ heap, stack, want string }{
		"the same":       {"5000", "12300", "over HTTP/2 heap met, stack met"},
		"a byte more":    {"5001", "12300", "over HTTP/2 heap missed, stack met"},
		"a larger stack": {"4999", "24600", "over HTTP/2 heap met, stack missed"},
	} {
		got := inFlight(samplesOf(t, `round: 1
BenchmarkInFlight/over=memory/client=handwritten-2 1 1 ns/op 3000 heap-B/call 4096 stack-B/call
BenchmarkInFlight/over=memory/client=ours-2 1 1 ns/op 3000 heap-B/call 4096 stack-B/call
BenchmarkInFlight/over=HTTP2/client=handwritten-2 1 1 ns/op 5000 heap-B/call 12300 stack-B/call
BenchmarkInFlight/over=HTTP2/client=ours-2 1 1 ns/op `+test.heap+` heap-B/call `+test.stack+` stack-B/call
`))
		if !strings.Contains(got, "in memory heap met, stack met; "+test.want) {
			t.Errorf("%s: no %q in\n%s", name, test.want, got)
		}
	}
}

func TestAnIDsFormIsComparedWithOneThatIsNeverNew(t *testing.T) {
	got := newHeaders(samplesOf(t, `round: 1
BenchmarkNewHeaders/proto=HTTP2/id=3,_16_letters_and_digits-2 1 1 ns/op 1050 cpu-ns/op
BenchmarkNewHeaders/proto=HTTP2/id=0,_none_new-2 1 1 ns/op 1000 cpu-ns/op
BenchmarkNewHeaders/proto=HTTP1/id=0,_none_new-2 1 1 ns/op 2000 cpu-ns/op
BenchmarkNewHeaders/proto=HTTP1/id=3,_16_letters_and_digits-2 1 1 ns/op 2000 cpu-ns/op
`))
	for _, want := range []string{"| none new | 1.00× | 1.00× |", "| 16 letters and digits | 1.00× | 1.05× |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestASignedCallsPartsAreSharesOfItsCPU(t *testing.T) {
	got := sign(samplesOf(t, `round: 1
build: go
BenchmarkSignRate/by=rsa/n=1-2 1 1 ns/op 1250 signatures/s
BenchmarkSignPart/part=rsa-2 100 800000 ns/op
BenchmarkSignPart/part=verify-2 100 25000 ns/op
BenchmarkSignedCall/signed=yes-2 1 1 ns/op 1000000 cpu-ns/op
BenchmarkSignedCall/signed=no-2 1 1 ns/op 50000 cpu-ns/op
build: boringcrypto
BenchmarkSignRate/by=rsa/n=1-2 1 1 ns/op 2500 signatures/s
BenchmarkSignPart/part=rsa-2 100 400000 ns/op
build: openssl
BenchmarkSignRate/by=openssl/n=1 1 2800 signatures/s
`))
	for _, want := range []string{
		"| crypto/rsa alone | 1,250 |", "| crypto/rsa alone, GOEXPERIMENT=boringcrypto | 2,500 |", "| openssl speed rsa2048 | 2,800 |",
		"| RSA | 800.0 µs | 80.0 % |", "| the call without a signature | 50.0 µs | 5.0 % |", "sent: 25.0 µs, in RSA's place.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
