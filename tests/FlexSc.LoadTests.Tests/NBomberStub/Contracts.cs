using System.Linq.Expressions;
using NBomber.Contracts.Stats;

// The part of NBomber's interface that the engine uses, so that the engine is compiled and tested where the package is not served.
namespace NBomber.Contracts
{
    internal interface IResponse
    {
        bool IsError { get; }

        string StatusCode { get; }

        int SizeBytes { get; }

        string Message { get; }
    }

    internal sealed record Response<T>(bool IsError, string StatusCode, int SizeBytes, string Message) : IResponse;

    internal interface IScenarioContext
    {
        void StopCurrentTest(string reason);
    }

    internal interface IScenarioInitContext;

    internal sealed record LoadSimulation(int Level);

    internal sealed record Threshold
    {
        public static Threshold Create(Expression<Func<ScenarioStats, bool>> check) => new(check);

        public static Threshold Create(string stepName, Expression<Func<StepStats, bool>> check) => new(check, stepName);

        private Threshold(LambdaExpression check, string? stepName = null)
        {
            Check = check;
            StepName = stepName;
        }

        public LambdaExpression Check { get; }

        public string? StepName { get; }
    }
}

namespace NBomber.Contracts.Stats
{
    internal enum ReportFormat
    {
        Txt,
        Html,
        Csv,
        Md,
    }

    internal sealed record RequestStats(int Count, double RPS);

    internal sealed record LatencyStats(double MinMs, double MeanMs, double MaxMs, double Percent50, double Percent75, double Percent95, double Percent99);

    internal sealed record DataTransferStats(long AllBytes);

    internal sealed record StatusCodeStats(string StatusCode, bool IsError, string Message, int Count);

    internal sealed record MeasurementStats(RequestStats Request, LatencyStats Latency, DataTransferStats DataTransfer, StatusCodeStats[] StatusCodes);

    internal sealed record StepStats(string StepName, MeasurementStats Ok, MeasurementStats Fail);

    internal sealed record ScenarioStats(string ScenarioName, MeasurementStats Ok, MeasurementStats Fail, StepStats[] StepStats);

    internal sealed record NodeStats(ScenarioStats[] ScenarioStats);
}
