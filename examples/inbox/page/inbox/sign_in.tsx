/**
 * The sign-in as one of the local agents.
 *
 * @module
 */
import { useState } from "preact/hooks";
import type { DemoSettings } from "../../settings.ts";
import type { Supabase } from "./conversations.ts";

interface SignInProps {
  supabase: Supabase;
  agents: DemoSettings["agents"];
  /** Whether supabase-js has reported that no agent is signed in. */
  isSignedOut: boolean;
  /** The reason why the agent was signed out, if there is one. */
  notice: string | undefined;
}

/** A button for each agent. */
export function SignIn({ supabase, agents, isSignedOut, notice }: SignInProps) {
  const [problem, setProblem] = useState<string>();

  const signIn = async ({ email, password }: DemoSettings["agents"][number]) => {
    setProblem(undefined);
    const { error } = await supabase.auth.signInWithPassword({ email, password });
    if (error) setProblem(`Signing in did not work: ${error.message}`);
  };

  return (
    <>
      <header class="panel-header">
        <h2 id="inbox-title">The agents’ inbox</h2>
      </header>
      <div class="sign-in">
        {notice ? <p class="banner" role="status">{notice}</p> : null}
        {isSignedOut
          ? (
            <>
              <p>
                An agent sees the conversations assigned to them and the unassigned ones. Open this
                page in a second tab to sign in as the other agent.
              </p>
              <div class="row">
                {agents.map((agent) => (
                  <button
                    key={agent.email}
                    type="button"
                    class="primary"
                    onClick={() => signIn(agent)}
                  >
                    Sign in as {agent.display_name}
                  </button>
                ))}
              </div>
            </>
          )
          : <p>Loading …</p>}
        {problem ? <p class="problem" role="alert">{problem}</p> : null}
      </div>
    </>
  );
}
