package outage

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Colours that the colour-blind tell apart (Okabe and Ito).
var lineColours = []color.Color{
	color.RGBA{R: 0x00, G: 0x72, B: 0xB2, A: 0xFF},
	color.RGBA{R: 0xE6, G: 0x9F, B: 0x00, A: 0xFF},
	color.RGBA{R: 0xD5, G: 0x5E, B: 0x00, A: 0xFF},
}

var (
	shade = color.RGBA{R: 0xEE, G: 0xEE, B: 0xEE, A: 0xFF}
	grey  = color.RGBA{R: 0x66, G: 0x66, B: 0x66, A: 0xFF}
)

// draw writes the requests per second of each fleet to path, as an SVG. Second 0
// is the beginning of the outage.
func draw(path string, records []*record) error {
	p := plot.New()
	p.Title.Text = "Requests offered to an API that is down for 60 s (grey)"
	p.X.Label.Text = "seconds since the outage began"
	p.Y.Label.Text = "requests per second"
	p.Y.Min = 0
	p.Legend.Top = true
	p.BackgroundColor = color.White
	p.X.Tick.Marker, p.Y.Tick.Marker = every(15, -15, 90), every(10_000, 0, 60_000)
	highest := 0.0
	var lines []*plotter.Line
	for i, r := range records {
		line, err := plotter.NewLine(points(r))
		if err != nil {
			return err
		}
		line.Color, line.Width = lineColours[i%len(lineColours)], vg.Points(1.5)
		for _, point := range line.XYs {
			highest = max(highest, point.Y)
		}
		lines = append(lines, line)
	}
	if err := addOutage(p, highest*1.3); err != nil {
		return err
	}
	for i, line := range lines {
		p.Add(line)
		p.Legend.Add(records[i].fleet, line)
	}
	if err := addCapacity(p, float64(capacityEach*records[0].clients)); err != nil {
		return err
	}
	return p.Save(9*vg.Inch, 4.5*vg.Inch, path)
}

// every marks whole numbers; the library's own ticks are at odd places.
func every(step, from, to int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for v := from; v <= to; v += step {
		ticks = append(ticks, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
	}
	return ticks
}

func points(r *record) plotter.XYs {
	var xys plotter.XYs
	for second, n := range r.perSecond() {
		xys = append(xys, plotter.XY{X: float64(second) + 0.5 - outageBegins.Seconds(), Y: float64(n)})
	}
	return xys
}

// addOutage shades the time in which the server is down.
func addOutage(p *plot.Plot, height float64) error {
	down, err := plotter.NewPolygon(plotter.XYs{
		{X: 0, Y: 0}, {X: outageLasts.Seconds(), Y: 0}, {X: outageLasts.Seconds(), Y: height}, {X: 0, Y: height},
	})
	if err != nil {
		return err
	}
	down.Color, down.Width = shade, 0
	p.Add(down)
	return nil
}

func addCapacity(p *plot.Plot, capacity float64) error {
	line, err := plotter.NewLine(plotter.XYs{
		{X: -outageBegins.Seconds(), Y: capacity}, {X: (lastCall - outageBegins).Seconds(), Y: capacity},
	})
	if err != nil {
		return err
	}
	line.Color, line.Dashes = grey, []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(line)
	p.Legend.Add("what the server can do", line)
	return nil
}
