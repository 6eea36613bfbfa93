namespace FlexSc.Examples.KvServer.Store;

/// <summary>Intrusive list of the items of a shard, newest use first. Eviction and the expiry sweep start at the other end.</summary>
internal sealed unsafe class RecencyList
{
    public KvItem* Newest { get; private set; }

    public KvItem* Oldest { get; private set; }

    public void AddNewest(KvItem* item)
    {
        item->Newer = null;
        item->Older = Newest;
        if (Newest != null)
        {
            Newest->Newer = item;
        }
        else
        {
            Oldest = item;
        }

        Newest = item;
    }

    public void Remove(KvItem* item)
    {
        if (item->Newer != null)
        {
            item->Newer->Older = item->Older;
        }
        else
        {
            Newest = item->Older;
        }

        if (item->Older != null)
        {
            item->Older->Newer = item->Newer;
        }
        else
        {
            Oldest = item->Newer;
        }
    }

    public void MoveToNewest(KvItem* item)
    {
        if (Newest != item)
        {
            Remove(item);
            AddNewest(item);
        }
    }
}
