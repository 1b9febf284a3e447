// Package riverdevices saves devices through River, a queue on Postgres, so that the work
// outlives the process and an outage of hours.
package riverdevices

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/fypass/coreapi-go"
)

// SaveDeviceArgs are the arguments of a job that saves a device.
type SaveDeviceArgs struct {
	DeviceID string `json:"deviceId"`
}

// Kind names the job for River.
func (SaveDeviceArgs) Kind() string { return "coreapi_save_device" }

// SaveDevice works on one job. It is safe for concurrent use.
type SaveDevice struct {
	river.WorkerDefaults[SaveDeviceArgs]
	API *coreapi.Client
}

// Work saves the device.
func (w *SaveDevice) Work(ctx context.Context, job *river.Job[SaveDeviceArgs]) error {
	_, err := w.API.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: job.Args.DeviceID}, coreapi.WithRetryPolicy(coreapi.NoRetry()))
	return err
}

// NewClient makes a River client that works on the jobs.
func NewClient(db *pgxpool.Pool, config *river.Config) (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(db), config)
}
