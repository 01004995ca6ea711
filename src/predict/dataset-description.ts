/** The file that makes a folder of predictions a BIDS derivative. */
export const DATASET_DESCRIPTION = 'dataset_description.json';

/** What it holds. @param version of rarevox */
export function datasetDescription(version: string): string {
  const content = {
    Name: 'rarevox predictions',
    BIDSVersion: '1.9.0',
    DatasetType: 'derivative',
    GeneratedBy: [{ Name: 'rarevox', Version: version }],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
