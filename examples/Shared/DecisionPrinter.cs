using System.Globalization;
using Akka.Actor;
using FlexSc.Akka.Placement;

namespace FlexSc.Examples.Shared;

/// <summary>Tells what placement decides on standard error; standard output is for programs.</summary>
internal sealed class DecisionPrinter : ReceiveActor
{
    /// <summary>Where it lives: printing may block, and a loop must not.</summary>
    public const string DispatcherId = "akka.actor.internal-dispatcher";

    private readonly long _began = Environment.TickCount64;

    public DecisionPrinter()
    {
        Receive<PlacementChanged>(change => Print(change.Reason));
        Receive<PlacementWarning>(warning => Print($"warning: {warning.Text}. {warning.Remedy}"));
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(PlacementChanged));
        Context.System.EventStream.Subscribe(Self, typeof(PlacementWarning));
    }

    private void Print(string text)
    {
        const double msPerSecond = 1000;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"placement, {(Environment.TickCount64 - _began) / msPerSecond:0.0} s: {text}"));
    }
}
