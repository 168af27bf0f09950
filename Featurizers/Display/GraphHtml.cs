using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Draws a graph as HTML whose blocks are <c>details</c> elements. The style sheet <c>graph.css</c> draws the edges.</summary>
internal sealed class GraphHtml(GraphScale scale)
{
    // The edge from the end of a shorter branch to where the branches meet.
    private const string Rest = "<div class=\"link on rest\"></div>";

    // Inline, so that a page works without any other file.
    private const string OpenAll = "for(const d of this.closest('.graph').querySelectorAll('details'))d.open=";

    /// <summary>Returns the drawing with its title, totals and legend.</summary>
    public string Draw(string title, GraphColumn graph) => $"""
        <section class="graph" aria-label="{Text(title)}"><h1>{Text(title)}</h1>
        <p>{scale.Totals}</p>
        <p class="legend"><span><i class="share parameters"></i> share of the parameters</span>
        <span><i class="share cost"></i> share of the MACs</span>
        <span><button type="button" onclick="{OpenAll}true">Open all</button>
        <button type="button" onclick="{OpenAll}false">Close all</button></span></p>
        {Column(graph, scale.OpenDepth, GraphPlace.Outermost)}</section>
        """;

    private string Column(GraphColumn column, int openDepth, GraphPlace place)
    {
        int lanes = column.LaneCount, last = column.Parts.Count;
        var html = new System.Text.StringBuilder();
        html.Append(lanes > 0 ? $"<div class=\"column lanes\" style=\"--lanes:{lanes}\">" : "<div class=\"column\">");
        for (int i = 0; i <= last; i++)
        {
            if (place.HasLink(i, last))
                html.Append(Link(column, i, place.HasLabel(i, last)));
            if (i < last)
                html.Append(Part(column.Parts[i], openDepth, Row(column, 2 * i + 2)));
        }
        // Rows of the grid are links and parts in turn, counted from 1; a lane goes from one link to another.
        foreach (var lane in column.Lanes)
        {
            string rows = $"{2 * lane.From + 3}/{2 * lane.To + 2}";
            html.Append($"<div class=\"lane\" style=\"grid-row:{rows};grid-column:2/{lane.Position + 4}\"></div>");
        }
        return html.Append("</div>").ToString();
    }

    private static string Link(GraphColumn column, int index, bool hasLabel)
    {
        bool startsLane = column.Lanes.Any(lane => lane.From == index - 1), endsLane = column.Lanes.Any(lane => lane.To == index);
        string classes = (column.Links[index] ? " on" : "") + (startsLane ? " start" : "") + (endsLane ? " end" : "");
        return $"<div class=\"link{classes}\"{Row(column, 2 * index + 1)}>{(hasLabel ? column.LinkLabel(index) : "")}</div>";
    }

    private static string Row(GraphColumn column, int row) => column.Lanes.Count > 0 ? $" style=\"grid-row:{row}\"" : "";

    private string Part(GraphPart part, int openDepth, string row) => part switch
    {
        GraphBranches branches => Branches(branches, openDepth, row),
        GraphBox { Inside: { } inside } box =>
            $"<details class=\"block\"{row}{(openDepth > 0 ? " open" : "")}><summary title=\"{Exact(box)}\">"
            + $"{Head(box)}<span class=\"shape\">{box.Shape}</span>{Figures(box)}</summary>"
            + $"<div class=\"inside\">{Column(inside, openDepth - 1, GraphPlace.Block)}</div></details>\n",
        GraphBox box =>
            $"<div class=\"node{(box.Parameters > 0 ? " layer" : "")}\"{row} title=\"{Exact(box)}\">{Head(box)}{Figures(box)}</div>\n",
        _ => throw new InvalidOperationException($"{part.GetType().Name} cannot be drawn."),
    };

    private string Branches(GraphBranches branches, int openDepth, string row)
    {
        int count = branches.Columns.Count + (branches.HasShortcut ? 1 : 0);
        string center = string.Concat(branches.Columns.Select(column => Branch(column, openDepth, GraphPlace.Branch)));
        string shortcut = branches.HasShortcut
            ? $"<div class=\"branch shortcut\" role=\"img\" aria-label=\"shortcut\" title=\"shortcut\">{Rest}</div>" : "";
        string deadEnds = string.Concat(branches.DeadEnds.Select(column => Branch(column, openDepth, GraphPlace.DeadEnd)));
        string classes = (shortcut + deadEnds != "" ? " beside" : "") + (branches.HasShortcut ? " joined" : "");
        return $"<div class=\"branches{classes}\"{row} role=\"group\" aria-label=\"{count + branches.DeadEnds.Count} branches\">"
            + $"<div class=\"center\">{center}</div><div class=\"side\">{shortcut}{deadEnds}</div></div>\n";
    }

    private string Branch(GraphColumn column, int openDepth, GraphPlace place)
    {
        string parts = column.Parts.Count > 0 ? Column(column, openDepth, place) : "";
        string rest = place == GraphPlace.DeadEnd ? "" : Rest;
        return $"<div class=\"branch{(place == GraphPlace.DeadEnd ? " end" : "")}\">{parts}{rest}</div>";
    }

    private static string Exact(GraphBox box) => Text(GraphDrawing.Printable(box.Description));

    private static string Head(GraphBox box)
    {
        string label = GraphDrawing.Printable(box.Label);
        // A node that is called after its operator needs no second word.
        string kind = label.StartsWith(box.Kind, StringComparison.Ordinal) ? "" : $" <span class=\"kind\">{Text(box.Kind)}</span>";
        return $"<b>{Text(label)}</b>{kind}";
    }

    private string Figures(GraphBox box)
    {
        if (!box.HasFigures)
            return "";
        string cost = box.MultiplyAccumulates > 0 ? Bar("cost", scale.CostShare(box)) : "";
        return $"<span class=\"figures\">{Text(GraphScale.Figures(box))}</span>{Bar("parameters", scale.ParameterShare(box))}{cost}";
    }

    private static string Bar(string kind, double share) =>
        $"<span class=\"share {kind}\"><i style=\"width:{Number(100 * share, "0.#")}%\"></i></span>";
}
