package riverdevices

import (
	"context"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/fypass/coreapi-go"
)

// A worker process. River's tables are made by its migrations: see rivermigrate.
func Example() {
	if err := work(); err != nil {
		log.Fatal(err)
	}
}

func work() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	api, err := coreapi.NewFromEnv()
	if err != nil {
		return err
	}
	setup := Setup{
		API:        api,
		DB:         pool,
		ProbeEvery: 5 * time.Minute,
		Secrets: func(ctx context.Context, args SaveDeviceArgs) (pushToken, userToken coreapi.Secret, err error) {
			return "", "", nil // from your vault, by args.DeviceID and args.UserID
		},
		Tell: func(ctx context.Context, report string) error {
			log.Print(report) // or a mail to the person who knows the API's admin
			return nil
		},
	}
	config := setup.Config(20)
	config.SoftStopTimeout = 10 * time.Second // a Save under way may end
	queue, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		return err
	}
	if err := queue.Start(ctx); err != nil {
		return err
	}
	// In a web handler, best in the transaction that stores the device: queue.InsertTx.
	if _, err := queue.Insert(ctx, SaveDeviceArgs{DeviceID: "phone-1", Name: "Ada's phone"}, nil); err != nil {
		return err
	}
	<-queue.Stopped()
	return nil
}
