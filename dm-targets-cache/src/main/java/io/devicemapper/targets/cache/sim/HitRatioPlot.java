package io.devicemapper.targets.cache.sim;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Hit ratio over the size of the cache, a panel for each trace, as an SVG image. */
final class HitRatioPlot {
    private static final int COLUMNS = 3;
    private static final int PANEL_WIDTH = 300;
    private static final int PANEL_HEIGHT = 230;
    private static final int LEGEND_HEIGHT = 34;
    private static final int LEGEND_ENTRY_WIDTH = 110;

    /** Of the diagram in its panel. */
    private static final int LEFT = 44;

    private static final int TOP = 30;
    private static final int WIDTH = 240;
    private static final int HEIGHT = 160;

    private static final String OPTIMUM_COLOUR = "#222222";
    private static final String LRU_COLOUR = "#999999";
    private static final List<String> POLICY_COLOURS = List.of("#d1495b", "#00798c", "#edae49", "#5b8c5a", "#7768ae");

    private final List<TraceResult> results;
    private final StringBuilder svg = new StringBuilder();

    HitRatioPlot(List<TraceResult> results) {
        this.results = results;
    }

    String svg() {
        int rows = (results.size() + COLUMNS - 1) / COLUMNS;
        int columns = Math.min(COLUMNS, results.size());
        List<String> policies = results.get(0).policies();
        int width = Math.max(columns * PANEL_WIDTH, LEFT + (policies.size() + 2) * LEGEND_ENTRY_WIDTH);
        int height = LEGEND_HEIGHT + rows * PANEL_HEIGHT;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"11\" fill=\"#222222\">",
                width, height, width, height);
        add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", width, height);
        legend(0, "optimum", OPTIMUM_COLOUR, "5 3");
        legend(1, "LRU", LRU_COLOUR, "none");
        for (int i = 0; i < policies.size(); i++) {
            legend(i + 2, policies.get(i), policyColour(i), "none");
        }
        for (int i = 0; i < results.size(); i++) {
            panel(results.get(i), i % COLUMNS * PANEL_WIDTH, LEGEND_HEIGHT + i / COLUMNS * PANEL_HEIGHT);
        }
        return svg.append("</svg>\n").toString();
    }

    private static String policyColour(int policy) {
        return POLICY_COLOURS.get(policy % POLICY_COLOURS.size());
    }

    private void legend(int place, String name, String colour, String dashes) {
        int x = LEFT + place * LEGEND_ENTRY_WIDTH;
        add(
                "<line x1=\"%d\" y1=\"18\" x2=\"%d\" y2=\"18\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
                x, x + 24, colour, dashes);
        text(x + 30, 22, "start", name);
    }

    private void panel(TraceResult result, int x, int y) {
        add("<g transform=\"translate(%d %d)\">", x, y);
        add("<g font-weight=\"bold\">");
        text(LEFT, TOP - 10, "start", result.trace().name());
        add("</g>");
        for (int percent = 0; percent <= 100; percent += 25) {
            double lineY = TOP + HEIGHT * (1 - percent / 100.0);
            add(
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
                    LEFT, lineY, LEFT + WIDTH, lineY);
            text(LEFT - 5, lineY + 4, "end", percent + "%");
        }
        int largest = result.lines().get(result.lines().size() - 1).cacheBlocks();
        text(LEFT, TOP + HEIGHT + 15, "middle", "0");
        text(LEFT + WIDTH, TOP + HEIGHT + 15, "middle", Integer.toString(largest));
        text(LEFT + WIDTH / 2.0, TOP + HEIGHT + 15, "middle", "blocks of the cache");
        curve(result, largest, OPTIMUM_COLOUR, "5 3", TraceResult.Line::optimumHits);
        curve(result, largest, LRU_COLOUR, "none", TraceResult.Line::lruHits);
        for (int i = 0; i < result.policies().size(); i++) {
            int policy = i;
            curve(
                    result,
                    largest,
                    policyColour(i),
                    "none",
                    line -> line.runs().get(policy).hits());
        }
        add("</g>");
    }

    private void curve(
            TraceResult result, int largest, String colour, String dashes, ToDoubleFunction<TraceResult.Line> hits) {
        StringBuilder points = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (TraceResult.Line line : result.lines()) {
            double pointX = LEFT + (double) WIDTH * line.cacheBlocks() / largest;
            double pointY = TOP
                    + HEIGHT * (1 - hits.applyAsDouble(line) / result.trace().accesses());
            points.append(format("%.1f,%.1f ", pointX, pointY));
            dots.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>\n", pointX, pointY, colour));
        }
        add(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-dasharray=\"%s\"/>",
                points.toString().strip(), colour, dashes);
        svg.append(dots);
    }

    private void text(double x, double y, String anchor, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped);
    }

    private void add(String format, Object... args) {
        svg.append(format(format, args)).append('\n');
    }

    private static String format(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }
}
