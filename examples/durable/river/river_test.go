package riverdevices

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertest"
	"github.com/stretchr/testify/require"
)

var _ = rivermigrate.New[pgx.Tx]
var _ = riverpgxv5.New
var _ = rivertest.WorkContext[pgx.Tx]

func TestTheJobHasAName(t *testing.T) {
	require.Equal(t, "coreapi_save_device", SaveDeviceArgs{}.Kind())
}
