//go:build !race

package signature

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATextThatHasRoomAllocatesNothing(t *testing.T) {
	_, all := readVectors(t)
	in, buffer := all[4].input(), make([]byte, 0, 1024)
	require.Zero(t, testing.AllocsPerRun(100, func() { Options{}.AppendText(buffer, in) }))
}

func BenchmarkAppendText(b *testing.B) {
	_, all := readVectors(b)
	in, buffer := all[4].input(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		Options{}.AppendText(buffer, in)
	}
}

func BenchmarkSign(b *testing.B) {
	key, all := readVectors(b)
	text := []byte(all[4].SignedText)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Options{}).Sign(b.Context(), key, text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiagnoseInVain(b *testing.B) {
	key, all := readVectors(b)
	in := all[4].input()
	in.BasePath = "/core"
	for b.Loop() {
		Options{}.Diagnose(&key.PublicKey, in, all[3].Signature)
	}
}
