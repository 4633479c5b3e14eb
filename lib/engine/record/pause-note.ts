/** Who paused a queue or a schedule, and when (epoch ms). */
export interface PauseNote {
  by: string;
  at: number;
}
