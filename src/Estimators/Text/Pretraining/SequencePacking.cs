namespace MLNet.Pretrain.Text;

/// <summary>What a row of pretraining holds, and with pairs, what is asked about them beside the hidden words.</summary>
public enum SequencePacking
{
    /// <summary>Text without a gap: sentences follow each other through the ends of documents, with a separator there, until a row is full, so that nothing is padded (FULL-SENTENCES in Liu et al. 2019). The fastest.</summary>
    FullSequences,

    /// <summary>Sentences of one document until a row is full; what is left of a document is a shorter row (DOC-SENTENCES in Liu et al. 2019). Best where documents are about as long as the texts that are scored later.</summary>
    Documents,

    /// <summary>BERT's pairs: half of the second texts follow the first, half are from another document, and a head says which (Devlin et al. 2018). Needs an encoder with a pooler.</summary>
    NextSentencePairs,

    /// <summary>Two texts that follow each other, half of them swapped, and a head says which (Lan et al. 2020). Harder than the next sentence. Needs an encoder with a pooler.</summary>
    SentenceOrderPairs,

    /// <summary>Two passages of one document, encoded apart: each must find the other among all passages of the batch by the cosine of mean vectors (contrastive; van den Oord et al. 2018, Gao et al. 2021, Giorgi et al. 2021). Makes sentence vectors useful as they are.</summary>
    SameDocumentPairs,
}
