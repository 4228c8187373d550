/**
 * Signing in as one of the local agents.
 *
 * @module
 */
import { useState } from "preact/hooks";
import type { DemoSettings } from "../../settings.ts";
import type { Supabase } from "./conversations.ts";

interface SignInProps {
  supabase: Supabase;
  agents: DemoSettings["agents"];
  /** Whether it is known by now that nobody is signed in. */
  isKnown: boolean;
  /** Why nobody is signed in any more. */
  notice: string | undefined;
}

/** A button for each agent. */
export function SignIn({ supabase, agents, isKnown, notice }: SignInProps) {
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
        {isKnown
          ? (
            <>
              <p>
                Agents see the conversations that are theirs and those that nobody has. Open this
                page in a second tab to be the other one.
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
