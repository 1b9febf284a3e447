package coreapi

// Delivery says whether the API may have acted on a call. It is the least
// certain over all attempts of the call.
type Delivery int

// The deliveries.
const (
	DeliveryUnknown  Delivery = iota // it may have been acted on
	DeliveryNotSent                  // no byte of it left
	DeliveryRejected                 // the API answered that it did not act
)

// String returns the delivery in words.
func (d Delivery) String() string {
	switch d {
	case DeliveryUnknown:
		return "unknown"
	case DeliveryNotSent:
		return "not sent"
	case DeliveryRejected:
		return "rejected"
	}
	return "unknown"
}

// combine is the delivery of two attempts: the less certain of theirs.
func combine(a, b Delivery) Delivery {
	switch {
	case a == DeliveryUnknown || b == DeliveryUnknown:
		return DeliveryUnknown
	case a == DeliveryRejected || b == DeliveryRejected:
		return DeliveryRejected
	}
	return DeliveryNotSent
}
