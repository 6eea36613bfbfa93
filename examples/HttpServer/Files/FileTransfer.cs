using Akka.Actor;
using Akka.Event;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>
/// One file on its way to one connection. Each step runs beside the actor and ends by telling the actor this object;
/// between steps the actor owns it. A transfer whose actor has gone closes its file when the step under way ends.
/// </summary>
internal sealed class FileTransfer(IFileStore store, FileRequest request, IActorRef owner, int chunkBytes, ILoggingAdapter log)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private const int OwnedByActor = 0;
    private const int StepRunning = 1;
    private const int Abandoned = 2;

    private int _owner = OwnedByActor;
    private FileChunk? _chunk;

    public FileRequest Request => request;

    /// <summary>What ended the step under way, if it failed.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>0, or why there is no file to send.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the name is a directory's that was asked for without its slash.</summary>
    public bool IsBareDirectory { get; private set; }

    public OpenFile? File { get; private set; }

    /// <summary>The name of the file that was opened.</summary>
    public string OpenedName { get; } = request.FileName;

    /// <summary>When the file was asked for, on the clock of <see cref="Environment.TickCount64"/>: it is what was found then or later.</summary>
    public long StartedMs { get; } = Environment.TickCount64;

    /// <summary>Whether the head was written and the bytes to send are fixed.</summary>
    public bool HasExtent { get; private set; }

    public long OffsetBytes { get; private set; }

    public long LeftBytes { get; private set; }

    /// <summary>Whether <see cref="Chunk"/> is all of the file.</summary>
    public bool HasWholeFile => _chunk is not null && LeftBytes == 0 && OffsetBytes == _chunk.Span.Length && OffsetBytes == File!.Metadata.SizeBytes;

    /// <summary>What was read last, until <see cref="ReturnChunk"/>.</summary>
    public ReadOnlySpan<byte> Chunk => _chunk is null ? [] : _chunk.Span;

    public void Open() => _ = OpenStepAsync();

    /// <summary>Fixes which bytes are to be sent.</summary>
    public void SetExtent(FileAnswer answer)
    {
        HasExtent = true;
        OffsetBytes = answer.OffsetBytes;
        LeftBytes = request.HeadOnly ? 0 : answer.LengthBytes;
    }

    /// <summary>Reads the next chunk; an empty one means that the file has become shorter.</summary>
    public void ReadNext() => _ = ReadStepAsync();

    /// <summary>Gives the memory of what was read back, which others may wait for.</summary>
    public void ReturnChunk()
    {
        FileChunk? chunk = _chunk;
        _chunk = null;
        chunk?.Return();
    }

    /// <summary>Gives up the file; safe while a step is running.</summary>
    public void End()
    {
        if (Interlocked.CompareExchange(ref _owner, Abandoned, StepRunning) == OwnedByActor)
        {
            Release();
        }
    }

    private async Task OpenStepAsync()
    {
        _owner = StepRunning;
        try
        {
            OpenFileResult result = await store.OpenAsync(OpenedName);
            File = result.File;
            Status = result.Status;
            if (File is { Metadata.IsDirectory: true })
            {
                IsBareDirectory = !request.NamesDirectory;
                Status = IsBareDirectory ? 301 : 404;
            }
            else if (File is { Metadata.IsRegularFile: false })
            {
                Status = 404;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Failure = exception;
        }

        HandBack();
    }

    private async Task ReadStepAsync()
    {
        _owner = StepRunning;
        try
        {
            _chunk = await File!.ReadAsync((int)Math.Min(chunkBytes, LeftBytes), OffsetBytes);
            OffsetBytes += _chunk.Span.Length;
            LeftBytes -= _chunk.Span.Length;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Failure = exception;
        }

        HandBack();
    }

    private void HandBack()
    {
        if (Interlocked.CompareExchange(ref _owner, OwnedByActor, StepRunning) == StepRunning)
        {
            owner.Tell(this, ActorRefs.NoSender);
        }
        else
        {
            Release();
        }
    }

    private void Release()
    {
        ReturnChunk();
        try
        {
            File?.Close();
        }
        catch (IOException exception)
        {
            log.Warning(exception, "closing {0} failed", OpenedName);
        }

        File = null;
    }
}
