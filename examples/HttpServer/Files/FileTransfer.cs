using System.Buffers;
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
    private const string IndexName = "index.html";

    private int _owner = OwnedByActor;
    private byte[] _chunk = [];
    private int _chunkLength;

    public FileRequest Request => request;

    /// <summary>What ended the step under way, if it failed.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>0, or why there is no file to send.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the name is a directory's that was asked for without its slash.</summary>
    public bool IsBareDirectory { get; private set; }

    public OpenFile? File { get; private set; }

    /// <summary>The name of the file that was opened.</summary>
    public string OpenedName { get; private set; } = "";

    /// <summary>Whether the head was written and the bytes to send are fixed.</summary>
    public bool HasExtent { get; private set; }

    public long OffsetBytes { get; private set; }

    public long LeftBytes { get; private set; }

    public ReadOnlySpan<byte> Chunk => _chunk.AsSpan(0, _chunkLength);

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
            OpenedName = request.NamesDirectory ? request.Name + IndexName : request.Name;
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
            if (_chunk.Length == 0)
            {
                _chunk = ArrayPool<byte>.Shared.Rent((int)Math.Min(chunkBytes, LeftBytes));
            }

            int wanted = (int)Math.Min(Math.Min(chunkBytes, _chunk.Length), LeftBytes);
            _chunkLength = await File!.ReadAsync(_chunk.AsMemory(0, wanted), OffsetBytes);
            OffsetBytes += _chunkLength;
            LeftBytes -= _chunkLength;
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
        byte[] chunk = _chunk;
        _chunk = [];
        _chunkLength = 0;
        if (chunk.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

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
